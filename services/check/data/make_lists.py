"""Write `lists.csv` and `hcpcs.csv` from code systems: codes and dates only, no texts.

    python make_lists.py FOLDER > lists.csv
    python make_lists.py FOLDER hcpcs > hcpcs.csv

FOLDER holds the CSV files (code, display) taken from CMSgov/beneficiary-fhir-data, CC0-1.0. Where
CMS's wording names the day a code began or ended, the day is kept; the wording is not. HCPCS Level
II comes from two public files of CMS: the list of 2019 with its days, and OPPS Addendum B of April
2026 (which leaves out S, T and H codes). No CPT and no CDT code is in them.
"""

import csv
import re
import sys
from datetime import date
from pathlib import Path

SOURCE = "CMSgov/beneficiary-fhir-data"
LISTS = {
    "carc": "carc.csv",
    "place_of_service": "place_of_service.csv",
    "patient_status": "patient_discharge_status.csv",
    "admission_type": "admission_type.csv",
    "admission_source": "admission_source.csv",
    "revenue_code": "revenue_code.csv",
    "facility_type": "tob_classification.csv",
}
MONTHS = (
    "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER",
    "OCTOBER", "NOVEMBER", "DECEMBER",
)
WORDS = re.compile(rf"EFFECTIVE,? (?:NO LATER THAN )?({'|'.join(MONTHS)}) (\d+), (\d{{4}})")
FIGURES = re.compile(r"(?<!TITLE )(EFFECTIVE|EFF\.|DISCONTINUED) (\d+)/(\d+)/(\d{2,4})")
PLB = (  # data element 426, which pyx12's map has for the first pair of a PLB alone
    "50 51 72 90 AH AM AP B2 B3 BD BN C5 CR CS CT CV CW DM E3 FB FC GO HM IP IR IS J1 L3 L6 LE LS "
    "OA OB PI PL RA RE SL TL WO WU"
)
NO_CODE = re.compile(r"RESERVED|UNASSIGNED|UNKNOWN|INVALID|UNDEFINED")
UNDATED = {"facility_type", "carc"}  # there the wording's days are those of other changes
CORRECTED = {  # the wording names a change of meaning, or leaves a former code out
    ("place_of_service", "02"): ("2017-01-01", ""),
    ("admission_source", "7"): ("", "2010-06-30"),
    ("admission_type", "9"): ("", ""),
}


def dates(text: str) -> tuple[str, str]:
    """Return the first and the last day a text names, as ISO dates or empty."""
    if found := WORDS.search(text):
        return date(int(found[3]), MONTHS.index(found[1]) + 1, int(found[2])).isoformat(), ""
    if found := FIGURES.search(text):
        year = int(found[4]) + (2000 if len(found[4]) == 2 else 0)
        day = date(year, int(found[2]), int(found[3])).isoformat()
        return ("", day) if found[1] == "DISCONTINUED" else (day, "")
    return "", ""


def main(folder: Path) -> None:
    """Write the table to stdout."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(("list", "code", "starts_on", "ends_on", "source"))
    for name, file in LISTS.items():
        with (folder / file).open(newline="") as stream:
            for row in csv.DictReader(stream):
                key, text = (name, row["code"]), row["display"].upper()
                if key in CORRECTED:
                    out.writerow((*key, *CORRECTED[key], SOURCE))
                elif row["code"].isalnum() and not NO_CODE.match(text):
                    span = ("", "") if name in UNDATED else dates(text)
                    out.writerow((*key, *span, SOURCE))
    for code in PLB.split():
        out.writerow(("provider_adjustment", code, "", "", "pyx12 4.0.0, map of the 835"))


def hcpcs(folder: Path) -> None:
    """Write Level II: a code of 2019 alone ended before April 2026, the day unknown."""
    with (folder / "hcpcs_level2_2019_full.csv").open(newline="") as stream:
        then = {row["code"]: row for row in csv.DictReader(stream)}
    with (folder / "hcpcs_level2_opps_2026-04.csv").open(newline="") as stream:
        recent = {row["code"] for row in csv.DictReader(stream)}
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(("code", "starts_on", "ends_on"))
    for code in sorted(then.keys() | recent):
        row = then.get(code, {"added": "20190101", "terminated": ""})
        ends = "" if code in recent else row["terminated"]
        if not ends and code not in recent and code[0] not in "HST":
            ends = "20260331"
        out.writerow((code, _iso(row["added"]), _iso(ends)))


def _iso(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day else ""


if __name__ == "__main__":
    (hcpcs if sys.argv[2:] == ["hcpcs"] else main)(Path(sys.argv[1]))
