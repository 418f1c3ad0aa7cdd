"""Claims of both guides, drawn: whatever the model can hold that a payer would take."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from services.x12 import claim837
from services.x12.guide837 import CHANGE_REASONS, REPORTS

ID = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=2, max_size=15)
NAME = st.builds(lambda rest: f"LO{rest}", st.text(max_size=30))  # letters, then anything at all
NPI = st.sampled_from(["2000000010", "2000001109", "2000001117", "2000001125"])
DAY = st.dates(date(2020, 1, 1), date(2026, 12, 31))
CENTS = st.integers(0, 9_999_999)
ICD = st.from_regex(r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?", fullmatch=True)
PCS = st.text("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=7, max_size=7)
CODE = st.from_regex(r"[0-9]{5}|[A-V][0-9]{4}", fullmatch=True)
MODIFIERS = st.lists(st.sampled_from(["25", "59", "RT", "LT", "GT", "KX"]), max_size=4, unique=True)
TWO = st.from_regex(r"[0-9][0-9]", fullmatch=True)
FILINGS = st.sampled_from(["MA", "MB", "MC", "16", "BL", "CI", "CH"])
RELATIONS = st.sampled_from(["01", "19", "20", "21", "39", "40", "53", "G8"])
SEX = st.sampled_from("FM")  # x12sdk does not know U, which the guide has


def optional(of: st.SearchStrategy[Any], without: Any = None) -> st.SearchStrategy[Any]:
    return st.one_of(st.just(without), of)


def several(
    of: st.SearchStrategy[Any], most: int, **how: Any
) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, max_size=most, **how).map(tuple)


def addresses(zip_code: str) -> st.SearchStrategy[claim837.Address]:
    return st.builds(
        claim837.Address, street=NAME, city=NAME, state=st.sampled_from(["MA", "CA", "TX"]),
        zip=st.from_regex(zip_code, fullmatch=True),
    )


ADDRESS = addresses("[0-9]{5}([0-9]{4})?")
PLACE = addresses("[0-9]{9}")
PROVIDER = st.builds(
    claim837.Provider, family=NAME, given=NAME, npi=NPI,
    taxonomy=st.sampled_from(["", "207RC0000X"]),
)
FACILITY = st.builds(claim837.ServiceFacility, name=NAME, npi=NPI, address=PLACE)
BILLING = st.builds(
    claim837.BillingProvider, name=NAME, npi=NPI, tax_id=st.sampled_from(["001234567"]),
    taxonomy=st.sampled_from(["282N00000X"]), address=PLACE,
)
SUBSCRIBER = st.builds(
    claim837.Subscriber, family=NAME, given=NAME, member_id=ID, birth_date=DAY, sex=SEX,
    address=ADDRESS,
)
PATIENT = st.builds(
    claim837.Patient, relationship=RELATIONS, family=NAME, given=NAME, birth_date=DAY, sex=SEX,
    address=ADDRESS,
)
ADJUSTMENT = st.builds(
    claim837.Adjustment, group=st.sampled_from(["CO", "OA", "PI", "PR"]),
    carc=st.sampled_from(["1", "2", "3", "45", "97", "253"]),
    amount_cents=st.integers(-99_999, 999_999), quantity=optional(st.integers(1, 99)),
)
ATTACHMENT = st.builds(
    claim837.Attachment, kind=st.sampled_from(sorted(REPORTS)),
    transmission=st.sampled_from(["AA", "BM", "EL", "FX"]), control_number=ID,
)
DIAGNOSIS = st.builds(
    claim837.Diagnosis, code=ICD, present=st.sampled_from(["", "Y", "N", "U", "W"])
)
PAYERS = ("99001", "99002", "99003")


@st.composite
def others(draw: st.DrawFn) -> tuple[claim837.OtherCoverage, ...]:
    """Up to three other payers."""
    found = []
    for at, number in enumerate(PAYERS[: draw(st.integers(0, 3))]):
        decided = draw(st.booleans())
        found.append(
            claim837.OtherCoverage(
                sequence="STA"[at], relationship=draw(st.one_of(st.just("18"), RELATIONS)),
                family=draw(NAME), given=draw(NAME), member_id=draw(ID),
                payer=claim837.PayerName(name=draw(NAME), number=number, filing=draw(FILINGS)),
                paid_cents=draw(CENTS) if decided else None,
                patient_cents=draw(optional(CENTS)) if decided else None,
                adjustments=draw(several(ADJUSTMENT, 8)) if decided else (),
                decided_on=draw(optional(DAY)) if decided else None,
                payer_claim_number=draw(ID) if decided else "",
            )
        )
    return tuple(found)


@st.composite
def decisions(
    draw: st.DrawFn, payers: tuple[str, ...]
) -> tuple[claim837.LineDecision, ...]:
    """What one of the other payers decided on a line: of several x12sdk keeps the last."""
    return tuple(
        claim837.LineDecision(
            payer_number=number, paid_cents=draw(CENTS), code=draw(CODE),
            modifiers=tuple(draw(MODIFIERS)), units=draw(st.integers(0, 99)),
            decided_on=draw(DAY), adjustments=draw(several(ADJUSTMENT, 8)),
            patient_cents=draw(optional(CENTS)),
        )
        for number in payers[:1]
        if draw(st.booleans())
    )


@st.composite
def lines(
    draw: st.DrawFn, *, hospital: bool, diagnoses: int, payers: tuple[str, ...]
) -> tuple[claim837.ServiceLine, ...]:
    """One to four lines."""
    made = []
    for at in range(draw(st.integers(1, 4))):
        served = draw(DAY)
        bare = hospital and draw(st.booleans())
        pointers = st.lists(st.integers(1, min(diagnoses, 12)), min_size=1, max_size=4)
        made.append(
            claim837.ServiceLine(
                line_id=f"L{at}{draw(ID)}", code="" if bare else draw(CODE),
                modifiers=() if bare else tuple(draw(MODIFIERS)), charge_cents=draw(CENTS),
                units=draw(st.integers(1, 999)), served_on=served,
                # of an institutional line x12sdk knows only a single day
                ended_on=None if hospital else draw(optional(st.just(served + timedelta(days=9)))),
                pointers=() if hospital else tuple(draw(pointers)),
                place_of_service="" if hospital else draw(st.sampled_from(["11", "22", "23"])),
                revenue_code=draw(st.sampled_from(["0120", "0450", "0360"])) if hospital else "",
                unit=draw(st.sampled_from(["UN", "DA"] if hospital else ["UN", "MJ"])),
                decisions=draw(decisions(payers)),
            )
        )
    return tuple(made)


@st.composite
def stays(draw: st.DrawFn, frequency: str) -> claim837.Institutional:
    """What a hospital adds."""
    starts = draw(DAY)
    ends = starts + timedelta(days=draw(st.integers(0, 30)))
    at = datetime(starts.year, starts.month, starts.day, draw(st.integers(0, 23)), 5, tzinfo=UTC)
    span = st.builds(
        lambda code, first, more: claim837.Occurrence(
            code=code, starts_on=first,
            ends_on=None if more is None else first + timedelta(days=more),
        ),
        TWO, DAY, optional(st.integers(0, 30)),
    )
    reasons = sorted(CHANGE_REASONS.get(frequency, ()))
    return claim837.Institutional(
        facility_type=draw(st.sampled_from(["11", "12", "13", "85"])), starts_on=starts,
        ends_on=ends, patient_status=draw(st.sampled_from(["01", "02", "20", "30"])),
        admission_type=draw(st.sampled_from("1239")),
        admission_source=draw(st.sampled_from(["", "1", "4"])),
        admitted_at=draw(optional(st.just(at))),
        discharged_at=draw(optional(st.just(at))), drg=draw(st.sampled_from(["", "470", "871"])),
        attending=draw(optional(PROVIDER)), operating=draw(optional(PROVIDER)),
        other_operating=draw(optional(PROVIDER)), admitting=draw(optional(ICD, "")),
        visit_reasons=draw(several(ICD, 3)), external_causes=draw(several(DIAGNOSIS, 12)),
        procedures=draw(several(st.builds(claim837.Procedure, code=PCS, performed_on=DAY), 25)),
        occurrences=draw(several(span, 24)),
        values=draw(several(st.builds(claim837.Value, code=TWO, amount_cents=CENTS), 24)),
        conditions=draw(several(TWO, 23)),
        change_reason=draw(st.sampled_from(["", *reasons])),
    )


@st.composite
def claims(draw: st.DrawFn, guide: str) -> claim837.Claim:
    """A claim of a guide."""
    hospital = guide == claim837.INSTITUTIONAL
    frequency = draw(st.sampled_from("178"))
    many = draw(st.lists(DIAGNOSIS, min_size=1, max_size=25 if hospital else 12))
    before = draw(others())
    numbers = tuple(one.payer.number for one in before if one.paid_cents is not None)
    causes = () if hospital else draw(several(st.sampled_from(["AA", "EM", "OA"]), 2, unique=True))
    return claim837.Claim(
        control_number=draw(ID), frequency=frequency,
        payer_claim_number="" if frequency == "1" else draw(ID),
        place_of_service="" if hospital else draw(st.sampled_from(["11", "22", "23"])),
        diagnoses=tuple(many),
        lines=draw(lines(hospital=hospital, diagnoses=len(many), payers=numbers)),
        billing=draw(BILLING), subscriber=draw(SUBSCRIBER), patient=draw(optional(PATIENT)),
        payer=claim837.PayerName(name=draw(NAME), number="99009", filing=draw(FILINGS)),
        rendering=draw(optional(PROVIDER)), referring=draw(optional(PROVIDER)),
        service_facility=draw(optional(FACILITY)), others=before,
        authorization=draw(optional(ID, "")), referral=draw(optional(ID, "")),
        note="" if hospital else draw(optional(NAME, "")),  # of an 837I x12sdk knows no NTE*ADD
        delay_reason=draw(st.sampled_from(["", "1", "11", "15"])),
        related_causes=causes, accident_state="MA" if "AA" in causes else "",
        accident_on=draw(DAY) if causes else None,
        attachments=draw(several(ATTACHMENT, 10)),
        institutional=draw(stays(frequency)) if hospital else None,
    )
