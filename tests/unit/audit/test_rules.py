"""The audit's own rules: states, causes, chains, remittances, denials, canaries."""

from datetime import date

import pytest

from schemas import events
from services.audit import canary, claims, encounters, remit, verdict, work
from services.audit.cut import Range
from services.audit.delivery import flaws
from services.audit.facts import Decision, Facts, Sent

TAKES_7 = frozenset({("BCBS", "professional")})


def decision(n=1, status="1", denied=False, unprocessable=False, paid=100) -> Decision:
    charge = -100 if status == "22" else 100
    day = date(2026, 5, n)
    return Decision(day, f"r{n}", 1, status, charge, paid, denied, unprocessable, f"e{n}")


def sent(number="C1", version=1, payer="BCBS", **more) -> Sent:
    one = Sent(number, payer, version, frequency="1", submitted=True)
    for name, value in more.items():
        setattr(one, name, value)
    return one


def decided(*decisions: Decision) -> dict:
    return {(d.remittance_id, d.ordinal): d for d in decisions}


def facts(*claims_: Sent, versions=1, verdict_="clean", payer="BCBS") -> Facts:
    return Facts(
        records={1: "ready"},
        coded={v: f"coded{v}" for v in range(1, versions + 1)},
        verdicts={
            v: (verdict_ if v == versions else "clean", "professional", payer)
            for v in range(1, versions + 1)
        },
        causes={v: f"coded{v}" for v in range(1, versions + 1)},
        sent={c.control_number: c for c in claims_},
    )


STATES = [
    (Facts(records={1: "self_pay"}), "self_pay"),
    (Facts(records={1: "ready"}), "awaiting_coding"),
    (Facts(records={1: "ready"}, coded={1: "a"}), "being_validated"),
    (facts(), "being_assembled"),
    (facts(verdict_="held"), "held"),
    (facts(sent()), "submitted"),
    (facts(sent(hops={"sent": True})), "submitted"),
    (facts(sent(hops={"sent": True, "277CA": True})), "acknowledged"),
    (facts(sent(hops={"277CA": False})), "rejected"),
    (facts(sent(decisions=decided(decision()))), "paid"),
    (facts(sent(decisions=decided(decision(denied=True)))), "denied"),
    (facts(sent(decisions=decided(decision(), decision(2, "22")))), "reversed"),
    (
        facts(sent(decisions=decided(decision(), decision(2, "22"), decision(3, denied=True)))),
        "denied",
    ),
    (facts(sent(), versions=2), "waiting"),
    (
        facts(sent(payer="MEDICARE", decisions=decided(decision())), versions=2, payer="MEDICARE"),
        "needs_reopening",
    ),
]


@pytest.mark.parametrize(("known", "state"), STATES)
def test_an_encounter_is_in_one_state(known, state):
    assert encounters.state_of(known, TAKES_7) == state


def test_a_claim_that_validation_did_not_let_pass_is_impossible():
    assert encounters.impossible(facts(sent(), verdict_="held"))
    assert encounters.impossible(facts(sent(submitted=False)))
    assert encounters.impossible(facts(sent())) == []


def audit_chain(*chain: Sent) -> list[str]:
    outstanding = claims.Outstanding()
    outstanding.visit({"E1": facts(*chain, versions=len(chain))})
    return [v.text for v in outstanding.result().violations]


def test_two_outstanding_submissions_are_found():
    second = sent("C2", 2, predecessor="C1")
    assert audit_chain(sent(), second) == ["two submissions are outstanding at one payer"]
    assert audit_chain(sent(hops={"999": False}), second) == []


def test_a_second_original_after_a_decision_is_found():
    first = sent(decisions=decided(decision(denied=True)))
    assert audit_chain(first, sent("C2", 2, predecessor="C1")) == [
        "a second original went out though the payer decided the first"
    ]
    replaced = sent("C2", 2, predecessor="C1", frequency="7", payer_claim_number="P1")
    assert audit_chain(first, replaced) == []
    unprocessed = sent(decisions=decided(decision(denied=True, unprocessable=True)))
    assert audit_chain(unprocessed, sent("C2", 2, predecessor="C1")) == []


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


def remittance(plb="PLB*1**WO:1*20", bpr="80") -> bytes:
    isa = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*US             "
    isa += "*260501*1200*^*00501*000000001*0*P*:~"
    body = (
        f"GS*HP*P*U*20260501*1200*1*X*005010X221A1~ST*835*0001~BPR*I*{bpr}*C*ACH************20260501~"
        "TRN*1*T1*1999~N1*PE*US*XX*1234567893~CLP*C1*1*150*100*10*12*P1~CAS*CO*45*40~"
        f"SVC*HC:99213*150*100~CAS*PR*2*10~{plb}~SE*9*0001~GE*1*1~IEA*1*000000001~"
    )
    return (isa + body).encode()


def test_a_remittance_balances_at_three_levels_or_says_where_not():
    (one,) = remit.read(remittance())
    assert (one.trace, one.payer_key, one.payee, one.paid) == ("T1", "1999", "1234567893", 8000)
    assert one.unbalanced() == ["line"]  # the claim's CO-45 is not on the line
    (other,) = remit.read(remittance(plb="PLB*1**WO:1*10"))
    assert "remittance" in other.unbalanced()
    with pytest.raises(remit.Unreadable):
        remit.read(b"garbage")


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
