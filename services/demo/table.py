"""The summary on the terminal: what the loop did, what the staff did, where to look."""

from rich.console import Console
from rich.table import Table

from services.demo.run import Outcome
from services.settings import Settings

ROWS = (
    ("encounters", "documented visits taken in"),
    ("coded", "of them coded by the encoder feed or a coder"),
    ("validated", "coded versions judged by the edits"),
    ("held", "of them stopped before billing"),
    ("submitted", "claims sent, corrections included"),
    ("institutional", "of them the hospital's (837I)"),
    ("secondary", "of them to a payer who pays after another"),
    ("acknowledged", "of them taken into adjudication by the payer"),
    ("rejected", "of them refused before adjudication"),
    ("adjudicated", "of them decided"),
    ("paid", "of these not denied"),
    ("denied", "of these denied in whole or part"),
    ("rework", "work items: held, rejected, denied"),
    ("resubmitted", "claims that correct an earlier one"),
    ("paid_after_rework", "of them paid"),
    ("dead", "dead letters"),
)


def show(outcome: Outcome, settings: Settings) -> None:
    """Print the summary."""
    console = Console()
    table = Table(title="What the loop did", title_justify="left")
    table.add_column("figure")
    table.add_column("number", justify="right")
    table.add_column("means")
    figures = outcome.figures.as_dict()
    for name, means in ROWS:
        table.add_row(name.replace("_", " "), f"{figures[name]:,}", means)
    console.print(table)
    console.print(f"Simulated staff: {_shares(outcome)}.")
    for line in outcome.audit_lines:
        console.print(line, highlight=False, soft_wrap=True)
    console.print(f"Audit: {'pass' if outcome.audit_passed else 'FAIL'}")
    console.print(f"\nThe pages: {settings.web_url}   password of all: {outcome.password}")
    for role, name in outcome.sign_ins:
        console.print(f"  {role:<10} {name}")


def _shares(outcome: Outcome) -> str:
    total = sum(outcome.staff.values())
    if not total:
        return "had nothing to do"
    return ", ".join(
        f"{name} {count} ({100 * count // total} %)"
        for name, count in sorted(outcome.staff.items(), key=lambda row: -row[1])
    )
