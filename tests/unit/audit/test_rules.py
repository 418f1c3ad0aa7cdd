"""The audit's own rules: states, causes, chains, remittances, denials, canaries."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from schemas import events
from services.audit import canary, claims, encounters, transitions, verdict, work
from services.audit.cut import Range
from services.audit.delivery import flaws
from services.audit.facts import Decision, Facts, Sent, Version
from services.codes import reference

PARTIES = reference.load()
AT = datetime(2026, 6, 1, tzinfo=UTC)


def bill(payer="BCBS", claim_type="professional", lines=("L1",), **more) -> events.Bill:
    return events.Bill(
        claim_type=claim_type, starts_on=date(2026, 4, 1),
        coverage=events.Coverage(payer_id=payer),
        lines=tuple(events.Line(line_id=one, charge_cents=100) for one in lines), **more,
    )  # fmt: skip


def decision(n=1, status="1", denied=False, unprocessable=False, paid=100, **more) -> Decision:
    charge = -100 if status == "22" else 100
    day = date(2026, 5, n)
    told = {"payer_claim_number": "P1", "known_at": datetime(2026, 5, n, tzinfo=UTC)} | more
    return Decision(
        day, f"r{n}", 1, status, charge, paid, denied, unprocessable, f"e{n}", **told
    )


def sent(number="C1", version=1, payer="BCBS", **more) -> Sent:
    one = Sent(number, payer, version, frequency="1", submitted=True, order=version)
    one.bill, one.charge_cents = bill(payer), 100
    for name, value in more.items():
        setattr(one, name, value)
    return one


def decided(*decisions: Decision) -> dict:
    return {(d.remittance_id, d.ordinal): d for d in decisions}


def facts(
    *claims_: Sent, versions=1, verdict_="clean", payer="BCBS", void=False, whole=None
) -> Facts:
    whole = whole or bill(payer)
    return Facts(
        records={1: "ready"},
        coded={v: f"coded{v}" for v in range(1, versions + 1)},
        bills={v: Version(whole, void and v == versions, frozenset()) for v in (1, versions)},
        verdicts={
            v: (verdict_ if v == versions else "clean", "professional", payer)
            for v in range(1, versions + 1)
        },
        causes={v: f"coded{v}" for v in range(1, versions + 1)},
        sent={c.control_number: c for c in claims_},
    )


PAID, DENIED = decided(decision()), decided(decision(denied=True))
TAKEN_BACK = decided(decision(), decision(2, "22"))
STATES = [
    (Facts(records={1: "self_pay"}), "self_pay"),
    (Facts(records={1: "ready"}), "awaiting_coding"),
    (Facts(records={1: "ready"}, coded={1: "a"}), "being_validated"),
    (facts(), "being_assembled"),
    (facts(verdict_="held"), "held"),
    (facts(whole=bill(claim_type="institutional")), "awaiting_institutional"),
    (facts(sent()), "submitted"),
    (facts(sent(hops={"sent": True})), "submitted"),
    (facts(sent(hops={"sent": True, "277CA": True})), "acknowledged"),
    (facts(sent(hops={"277CA": False})), "rejected"),
    (facts(sent(decisions=PAID)), "paid"),
    (facts(sent(decisions=DENIED)), "denied"),
    (facts(sent(decisions=TAKEN_BACK)), "reversed"),
    (
        facts(sent(decisions=decided(decision(), decision(2, "22"), decision(3, denied=True)))),
        "denied",
    ),
    (facts(sent(), versions=2), "waiting"),
    (facts(sent(decisions=DENIED), versions=2), "being_assembled"),
    (facts(sent(decisions=DENIED), versions=2, whole=bill(lines=("L2",))), "lines_missing"),
    (
        facts(sent(payer="MEDICARE", decisions=PAID), versions=2, payer="MEDICARE"),
        "needs_reopening",
    ),
    (facts(sent(), versions=2, void=True), "waiting"),
    (facts(sent(hops={"277CA": False}), versions=2, void=True), "nothing_to_void"),
    (
        facts(
            sent(decisions=TAKEN_BACK),
            sent("C2", 2, frequency="8", predecessor="C1", payer_claim_number="P1"),
            versions=2,
        ),
        "voided",
    ),
]


@pytest.mark.parametrize(("known", "state"), STATES)
def test_an_encounter_is_in_one_state(known, state):
    assert encounters.state_of(known, PARTIES) == state


def test_a_running_appeal_holds_a_correction_where_the_payer_takes_not_both():
    for payer, state in (("BCBS", "under_appeal"), ("EMPLOYER", "being_assembled")):
        known = facts(sent(payer=payer, decisions=DENIED), versions=2, payer=payer)
        known.appeals["C1"] = (AT, True)
        assert encounters.state_of(known, PARTIES) == state


def test_a_claim_that_validation_did_not_let_pass_is_impossible():
    assert encounters.impossible(facts(sent(), verdict_="held"))
    assert encounters.impossible(facts(sent(submitted=False)))
    assert encounters.impossible(facts(sent())) == []


def part(n, charge, denied=False, status="1", number="P1") -> Decision:
    one = decision(n, status, denied, paid=charge, payer_claim_number=number)
    one.charge_cents = charge
    return one


STANDING = [
    ([part(1, 60), part(2, 40, number="P2")], [1, 2]),  # parts of a split claim
    ([part(1, 100), part(2, 100)], [2]),  # a correction before its reversal
    ([part(1, 100), part(3, -100, status="22"), part(2, 100)], [2]),
    ([part(1, 100), part(2, -100, status="22")], []),
    ([part(1, 60), part(2, 40, number="P2"), part(3, -40, status="22", number="P2")], [1]),
    ([part(1, 60), part(2, 40, number="P2"), part(3, -60, status="22")], [2]),
]


@pytest.mark.parametrize(("known", "days"), STANDING)
def test_what_stands_is_what_nobody_took_back_and_what_fits(known, days):
    one = sent(decisions=decided(*known))
    assert [d.decided_on.day for d in one.stands] == days


def test_one_denied_part_of_a_split_claim_is_a_denial():
    parts = decided(part(1, 60, denied=True), part(2, 40, number="P2"))
    assert list(work.causes(facts(sent(decisions=parts)))) == [("denial", "C1", True)]


def audit_chain(*chain: Sent) -> list[str]:
    outstanding = claims.Outstanding(PARTIES, {one.control_number: AT for one in chain})
    outstanding.visit({"E1": facts(*chain, versions=len(chain))})
    return [v.text for v in outstanding.result().violations]


def second(**more) -> Sent:
    told = {"frequency": "7", "predecessor": "C1", "payer_claim_number": "P1"}
    return sent("C2", 2, **told | more)


def test_two_outstanding_submissions_are_found():
    again = second(frequency="1", payer_claim_number="")
    assert audit_chain(sent(), again) == [
        "two submissions are outstanding at one payer",
        "a claim left while one before it had no outcome",
    ]
    assert audit_chain(sent(hops={"999": False}), again) == []


def test_a_second_original_after_a_decision_is_found():
    again = second(frequency="1", payer_claim_number="")
    assert audit_chain(sent(decisions=DENIED), again) == [
        "a second original went out though the payer decided the first"
    ]
    unprocessed = sent(decisions=decided(decision(denied=True, unprocessable=True)))
    assert audit_chain(unprocessed, again) == []
    late = sent(hops={"277CA": False}, decisions=decided(decision(known_at=AT)))
    assert audit_chain(late, again) == []  # the decision came after the second had left


FOLLOWING = [
    (DENIED, {}, None),
    (decided(), {}, "a replacement or void went out though the payer holds nothing"),
    (DENIED, {"payer_claim_number": ""}, "a replacement or void names no payer claim number"),
    (
        DENIED, {"payer_claim_number": "P0"},
        "a claim names another number than that of the latest adjudicated version",
    ),
    (DENIED, {"predecessor": "C0"}, "a submission does not follow the one before it"),
    (DENIED, {"bill": bill(lines=("L2",))}, "a replacement lacks a line that nobody took off"),
    (DENIED, {"bill": bill(lines=("L2",)), "dropped": frozenset({"L1"})}, None),
    (DENIED, {"frequency": "8"}, None),
    (DENIED, {"change_reason": "D9"}, "a claim change reason is missing, unknown or out of place"),
    (
        DENIED, {"sequence": "S"},
        "a claim names another place among the payers than those before it leave",
    ),
    (DENIED, {"frequency": "1"}, "an original names a payer claim number"),
]  # fmt: skip


@pytest.mark.parametrize(("known", "changes", "why"), FOLLOWING)
def test_what_may_not_follow_a_claim_is_found(known, changes, why):
    found = audit_chain(sent(decisions=known, hops={"277CA": False}), second(**changes))
    assert (found == []) if why is None else (why in found)


def test_a_frequency_a_payer_does_not_take_is_found():
    first = sent(payer="MEDICARE", decisions=DENIED)
    found = audit_chain(first, second(payer="MEDICARE"))
    assert found == ["a payer was sent a frequency it does not take"]


def test_an_institutional_replacement_says_why():
    whole = bill(claim_type="institutional")
    first = sent(decisions=DENIED, bill=whole)
    assert audit_chain(first, second(bill=whole, change_reason="D2")) == []
    assert audit_chain(first, second(bill=whole)) == [
        "a claim change reason is missing, unknown or out of place"
    ]


def secondary(paid=100, control="C1") -> Sent:
    prior = events.Prior(payer_id="MEDICARE", control_number=control, paid_cents=paid)
    return sent("S1", 1, "MEDICAID", order=2, sequence="S", bill=bill("MEDICAID", prior=(prior,)))


def test_a_secondary_claim_tells_what_the_primary_decided():
    first = sent(payer="MEDICARE", decisions=PAID)
    assert audit_chain(first, secondary()) == []
    assert audit_chain(first, secondary(paid=99)) == [
        "a secondary claim tells of another payment than was made"
    ]
    assert audit_chain(first, secondary(control="C9")) == [
        "a secondary claim tells of a decision nobody made"
    ]


@pytest.mark.parametrize(
    ("known", "state"),
    [
        (sent(), "ready"), (sent(hops={"sent": True}), "sent"),
        (sent(hops={"277CA": True}), "sent"), (sent(hops={"999": False}), "rejected"),
        (sent(hops={"999": False}, decisions=PAID), "adjudicated"),
        (sent(decisions=decided(decision(status="25"))), "ready"),
    ],
)  # fmt: skip
def test_what_was_heard_is_a_floor(known, state):
    assert transitions.floor(known) == state


def test_no_state_leads_back():
    order = list(transitions.MAY)
    moves = [(state, then) for state, after in transitions.MAY.items() for then in after]
    back = [(a, b) for a, b in moves if order.index(b) < order.index(a)]
    assert back == [("unknown", "sent"), ("appealed", "adjudicated")]


def test_a_denial_asks_for_an_item_until_it_is_answered():
    denied = sent(decisions=decided(decision(denied=True)))
    assert list(work.causes(facts(denied))) == [("denial", "C1", True)]
    paid = sent("C2", 2, decisions=decided(decision(2)))
    assert list(work.causes(facts(denied, paid, versions=2))) == [("denial", "C1", False)]
    assert list(work.causes(facts(verdict_="held"))) == [("held", "coded1", True)]
    rejected = sent(hops={"277CA": False})
    assert list(work.causes(facts(rejected))) == [("rejection", "C1", True)]


def test_offsets_that_are_missing_or_settled_twice_are_found():
    whole = [Range(0, 4, "done"), Range(5, 5, "dead"), Range(6, 9, "done")]
    assert list(flaws(whole, 0, 10)) == []
    assert next(iter(flaws(whole, 0, 11)))[1:] == (10, 10)
    assert next(iter(flaws([whole[0], whole[2]], 0, 10)))[1:] == (5, 5)
    assert next(iter(flaws([*whole, Range(9, 9, "done")], 0, 10)))[1:] == (9, 9)


def adjudicated(*adjustments, paid=0, status="1") -> events.Adjudicated:
    bill = events.Bill(claim_type="professional", lines=(events.Line(line_id="1", code="99213"),))
    line = events.PaidLine(
        line_id="1", charge_cents=15000, paid_cents=paid, adjustments=tuple(adjustments)
    )
    return events.Adjudicated(
        decided_on=date(2026, 5, 1), status=status, charge_cents=15000, paid_cents=paid,
        lines=(line,), bill=bill,
    )  # fmt: skip


def adjustment(carc, cents, group="CO") -> events.Adjustment:
    return events.Adjustment(group=group, carc=carc, amount_cents=cents)


def test_only_adjustments_say_what_is_denied():
    assert verdict.denies(adjudicated(adjustment("45", 4000), adjustment("11", 11000)))
    assert not verdict.denies(adjudicated(adjustment("45", 4000), paid=11000))
    assert not verdict.denies(adjudicated(adjustment("1", 15000, "PR"), status="4"))
    assert verdict.denies(adjudicated(adjustment("99999", 15000)))


@pytest.mark.parametrize("shape", ["plain", "lower", "utf-16", "hex", "url", "base64"])
def test_a_canary_is_found_in_every_form(shape):
    import base64
    import urllib.parse

    marker = "QZXV CANARY"
    told = {
        "plain": b"x" + marker.encode(), "lower": marker.lower().encode(),
        "utf-16": marker.encode("utf-16-le"), "hex": marker.encode().hex().encode(),
        "url": urllib.parse.quote(marker).encode(),
        "base64": base64.b64encode(b"ab" + marker.encode() + b"cd"),
    }[shape]  # fmt: skip
    search = canary.Search([marker])
    assert search.within(told)
    assert search.within(b"nothing of it") == []


def test_parts_of_a_claim_stand_together_and_settle_it_when_they_add_up():
    one = replace(decision(1, denied=True), charge_cents=60)
    two = replace(decision(2), charge_cents=40, payer_claim_number="P2")

    assert not sent(decisions=decided(one)).settled
    whole = sent(decisions=decided(one, two))
    assert whole.settled
    assert whole.standing
    assert whole.standing.denied


def test_a_reversal_takes_back_what_it_names_whatever_else_was_decided():
    first, second = decision(1, denied=True), decision(3, payer_claim_number="P2")
    back = decision(2, status="22", paid=-100)

    assert sent(decisions=decided(first, second, back)).stands == [second]
    assert sent(decisions=decided(first, second)).stands == [second]
    assert sent(decisions=decided(first, back)).standing is None


def test_a_denial_is_resolved_when_another_payer_took_the_claim_in():
    denied = sent(decisions=decided(decision(denied=True)))
    moved = sent("C2", 2, "EMPLOYER", hops={"277CA": True})
    secondary = sent("C3", 2, "MEDICAID", hops={"277CA": True})
    secondary.bill = bill("MEDICAID", prior=(events.Prior(payer_id="BCBS"),))

    assert list(work.causes(facts(denied, moved))) == [("denial", "C1", False)]
    assert list(work.causes(facts(denied, secondary))) == [("denial", "C1", True)]
