"""Every kind of table: how its file is read, from whom it comes, when its next one is expected.

A row here is all that a new kind needs.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from services.codes.library import alpha_numeric, coverage, enrolment, lists, ncci, opps
from services.codes.library.layout import Row

QUARTERLY, TWICE, YEARLY = (1, 4, 7, 10), (4, 10), (1,)
THRICE = (3, 7, 11)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of table.

    Attributes:
        name: As on the command line and in a finding.
        words: What it is, in our own words.
        parse: A file's lines to rows.
        months: In the first days of which a new one is published; none when as needed.
        source: Who publishes it.
        columns: What a row says of its key, in the order of its values.
    """

    name: str
    words: str
    parse: Callable[[Iterable[str]], Iterator[Row]]
    months: tuple[int, ...]
    source: str
    columns: tuple[str, ...] = ("from", "until", "words")

    def told(self, row: Iterable[object]) -> str:
        """Return a row in words; what is empty is left out.

        >>> KINDS["ptp_medicare_hospital"].told(["2020-01-01", "", "1"])
        'from 2020-01-01, indicator 1'
        """
        named = zip(self.columns, row, strict=False)
        said = ((name, "yes" if value is True else "no" if value is False else str(value))
                for name, value in named)
        return ", ".join(f"{name} {value}" for name, value in said if value)

    def expected_after(self, effective_on: date) -> date | None:
        """Return when a table is past its expected successor, with thirty days of grace.

        >>> KINDS["icd10cm"].expected_after(date(2025, 10, 1))
        datetime.date(2026, 5, 1)
        """
        following = [
            date(year, month, 1) for year in (effective_on.year, effective_on.year + 1)
            for month in self.months if date(year, month, 1) > effective_on
        ]
        return min(following) + timedelta(days=30) if following else None


CMS_NCCI = "CMS, National Correct Coding Initiative"
CMS_ICD = "CMS, ICD-10 files"
SPAN = ("from", "until")
BILLABLE, PAIR, UNITS = ("billable", "words"), (*SPAN, "indicator"), ("most units", "indicator")
KINDS = {kind.name: kind for kind in (
    Kind("icd10cm", "diagnosis codes", lists.ordered, TWICE, CMS_ICD, BILLABLE),
    Kind("icd10pcs", "inpatient procedure codes", lists.ordered, TWICE, CMS_ICD, BILLABLE),
    Kind("poa_exempt", "diagnoses exempt from present on admission", lists.dated, TWICE, CMS_ICD),
    Kind("hcpcs", "HCPCS Level II codes", alpha_numeric.procedures, QUARTERLY,
         "CMS, HCPCS quarterly update"),
    Kind("cpt", "CPT codes, licensed by the site", lists.dated, YEARLY, "AMA, under licence"),
    Kind("hipps", "HIPPS rate codes", lists.dated, (), "CMS, HIPPS codes"),
    Kind("modifier", "procedure modifiers", alpha_numeric.modifiers, QUARTERLY,
         "CMS, HCPCS quarterly update"),
    Kind("place", "places of service", lists.dated, (), "CMS, place of service code set"),
    Kind("revenue", "revenue codes", lists.dated, (), "NUBC, under licence"),
    Kind("bill_type", "types of bill", lists.dated, (), "NUBC, under licence"),
    Kind("patient_status", "patient discharge statuses", lists.dated, (), "NUBC, under licence"),
    Kind("taxonomy", "provider taxonomy", lists.dated, (1, 7), "NUCC, under licence"),
    Kind("carc", "claim adjustment reasons", lists.dated, THRICE, "X12, under licence"),
    Kind("rarc", "remittance advice remarks", lists.dated, THRICE, "CMS, through X12"),
    Kind("opps", "outpatient status indicators", opps.addendum_b, QUARTERLY,
         "CMS, OPPS Addendum B", ("status",)),
    Kind("ptp_medicare_practitioner", "pairs, Medicare practitioners", ncci.pairs, QUARTERLY,
         CMS_NCCI, PAIR),
    Kind("ptp_medicare_hospital", "pairs, Medicare outpatient hospital", ncci.pairs, QUARTERLY,
         CMS_NCCI, PAIR),
    Kind("ptp_medicaid_practitioner", "pairs, Medicaid practitioners", ncci.pairs, QUARTERLY,
         CMS_NCCI, PAIR),
    Kind("ptp_medicaid_hospital", "pairs, Medicaid outpatient hospital", ncci.pairs, QUARTERLY,
         CMS_NCCI, PAIR),
    Kind("mue_medicare_practitioner", "most units, Medicare practitioners", ncci.units, QUARTERLY,
         CMS_NCCI, UNITS),
    Kind("mue_medicare_hospital", "most units, Medicare outpatient hospital", ncci.units,
         QUARTERLY, CMS_NCCI, UNITS),
    Kind("mue_medicaid_practitioner", "most units, Medicaid practitioners", ncci.units, QUARTERLY,
         CMS_NCCI, UNITS),
    Kind("mue_medicaid_hospital", "most units, Medicaid outpatient hospital", ncci.units,
         QUARTERLY, CMS_NCCI, UNITS),
    Kind("add_on", "add-on codes and their primary codes", ncci.add_ons, QUARTERLY, CMS_NCCI,
         ("primary code", "type", *SPAN)),
    Kind("coverage", "coverage policies (LCD, NCD)", coverage.policies, (),
         "CMS, Medicare Coverage Database",
         ("policy", "kind", "diagnosis", "covered", *SPAN, "groups")),
    Kind("enrolment", "providers and the payers they are enrolled with", enrolment.enrolments, (),
         "the site, from the payers' notices", ("payer", *SPAN)),
)}
