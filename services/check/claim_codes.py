"""Codes of an 837 claim that must be on their list on the day of service (SNIP type 5)."""

from collections.abc import Callable, Iterator
from datetime import date

from services.check import lists
from services.check.claim_view import Claim, component, first
from services.check.findings import Finding, at

ICD10 = frozenset(("ABK", "ABF", "ABJ", "APR", "ABN"))
ICD9 = frozenset(("BK", "BF", "BJ", "PR", "BN"))


def diagnoses(claim: Claim) -> Iterator[Finding]:
    """ICD version and codes, on the last day of service."""
    days = claim.span
    if days is None:
        return
    on = days[1]
    for hi in (segment for segment in claim.own if segment.id == "HI"):
        for n in range(1, len(hi.elements)):
            kind, code = component(hi, n, 0), component(hi, n, 1)
            if kind in ICD10 or kind in ICD9:
                rule = _diagnosis(kind in ICD10, code, on)
                if rule:
                    yield at(hi, n, rule)


def _diagnosis(icd10: bool, code: str, on: date) -> str:
    if icd10 != (on >= lists.ICD10_FROM):
        return "icd_version"
    good = lists.is_icd10(code, on) if icd10 else lists.is_icd9(code)
    return "" if good else "icd_code"


def places(claim: Claim) -> Iterator[Finding]:
    """Place of service, or type of bill with patient status, admission type and source."""
    days = claim.span
    on = days[1] if days else None
    if claim.institutional:
        if claim.facility and not lists.on_list("facility_type", claim.facility, on):
            yield at(claim.clm, 5, "facility_type")
        cl1 = first(claim.own, "CL1")
        for element, name in enumerate(
            ("admission_type", "admission_source", "patient_status"), 1
        ):
            if cl1 and cl1.get(element) and not lists.on_list(name, cl1.get(element), on):
                yield at(cl1, element, name)
        return
    if claim.facility and not lists.on_list("place_of_service", claim.facility, on):
        yield at(claim.clm, 5, "place_of_service")
    for line in claim.lines:
        sv1 = first(line.own, "SV1")
        if sv1 and sv1.get(5) and not lists.on_list("place_of_service", sv1.get(5), on):
            yield at(sv1, 5, "place_of_service")


def services(claim: Claim) -> Iterator[Finding]:
    """HCPCS shape; revenue codes."""
    for line in claim.lines:
        service, days = line.service, line.span or claim.span
        if service is None:
            continue
        at_code = 1 if service.id == "SV1" else 2
        if component(service, at_code, 0) == "HC" and not lists.is_hcpcs(
            component(service, at_code, 1), days[1] if days else None
        ):
            yield at(service, at_code, "procedure_code")
        if service.id == "SV2" and service.get(1) and not lists.on_list(
            "revenue_code", service.get(1).zfill(4), days[1] if days else None
        ):
            yield at(service, 1, "revenue_code")


RULES: tuple[Callable[[Claim], Iterator[Finding]], ...] = (diagnoses, places, services)
