"""Whether an X12 file is right: `check` yields every finding, by reader, maps and rules."""

from services.check.findings import Finding, rules
from services.check.run import check

__all__ = ["Finding", "check", "rules"]
