"""Failures to sign in slow down whoever fails, and hardly anybody else."""

from services.web.limits import ACCOUNT, ADDRESS, PAIR, Limits


class Seconds:
    """A clock that is set."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def _failing(limits: Limits, times: int, name: str, address: str) -> None:
    for _ in range(times):
        limits.failed(name, address)


def test_the_sixth_try_of_an_account_from_one_address_waits_a_minute_and_then_longer() -> None:
    clock = Seconds()
    limits = Limits(clock)
    _failing(limits, PAIR.most - 1, "anna", "10.0.0.1")
    assert not limits.refuses("anna", "10.0.0.1")

    limits.failed("anna", "10.0.0.1")
    assert limits.refuses("anna", "10.0.0.1")
    clock.now += PAIR.wait_s
    assert not limits.refuses("anna", "10.0.0.1")

    limits.failed("anna", "10.0.0.1")
    clock.now += PAIR.wait_s
    assert limits.refuses("anna", "10.0.0.1")
    clock.now += PAIR.wait_s
    assert not limits.refuses("anna", "10.0.0.1")


def test_a_stranger_cannot_lock_somebody_out_with_a_few_wrong_passwords() -> None:
    limits = Limits(Seconds())
    _failing(limits, ACCOUNT.most - 1, "anna", "10.9.9.9")

    assert limits.refuses("anna", "10.9.9.9")
    assert not limits.refuses("anna", "10.0.0.1")


def test_an_account_tried_from_everywhere_is_slowed_for_minutes_at_most() -> None:
    clock = Seconds()
    limits = Limits(clock)
    for n in range(ACCOUNT.most + 30):
        limits.failed("anna", f"10.0.1.{n}")

    assert limits.refuses("anna", "10.0.0.1")
    clock.now += ACCOUNT.longest_s
    assert not limits.refuses("anna", "10.0.0.1")


def test_an_address_that_tries_one_password_on_many_names_is_stopped() -> None:
    limits = Limits(Seconds())
    for n in range(ADDRESS.most):
        limits.failed(f"user{n}", "10.9.9.9")

    assert limits.refuses("somebody", "10.9.9.9")
    assert not limits.refuses("somebody", "10.0.0.1")


def test_success_forgets_the_failures_of_that_account_from_that_address() -> None:
    limits = Limits(Seconds())
    _failing(limits, PAIR.most, "anna", "10.0.0.1")

    limits.succeeded("anna", "10.0.0.1")

    assert not limits.refuses("anna", "10.0.0.1")


def test_a_flood_of_names_does_not_fill_the_memory_nor_free_its_address() -> None:
    limits = Limits(Seconds())
    for n in range(12_000):
        limits.failed(f"user{n}", "10.9.9.9")

    assert len(limits._failures) < 25_000
    assert limits.refuses("somebody", "10.9.9.9")
