"""What to do first: the steps from an empty system to the first item that is paid.

Shown by itself as long as nothing was ever taken in, and always at ``/start``.
"""

from dataclasses import dataclass
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from sqlalchemy import Connection, Engine, text

from services.web import answers
from services.web.answers import Asked
from services.web.desk import Web


@dataclass(frozen=True, slots=True)
class Step:
    """A step.

    Attributes:
        done: Whether it is.
        says: What it is.
        how: What happens, or who does it.
        command: To type on the server; empty when nothing is typed.
    """

    done: bool
    says: str
    how: str
    command: str = ""


_SO_FAR = text(
    "select"
    " exists (select from user_account where role = 'coder' and not disabled) as coder,"
    " exists (select from user_account where role = 'biller' and not disabled) as biller,"
    " exists (select from intake) or exists (select from visit) as taken_in,"
    " exists (select from gateway_claim) as sent,"
    " exists (select from inbound_file) as answered,"
    " exists (select from work_item) as item,"
    " exists (select from answer where decisions > 0) as settled"
)


def empty(engine: Engine) -> bool:
    """Say whether nothing was ever taken in. Yes or no, of all facilities: nobody's rows."""
    with engine.connect() as conn:
        return not conn.execute(text(
            "select exists (select from intake) or exists (select from visit)"
        )).scalar_one()


def anybody(engine: Engine) -> bool:
    """Say whether anybody can sign in."""
    with engine.connect() as conn:
        return bool(conn.execute(
            text("select exists (select from user_account where not disabled)")
        ).scalar_one())


def steps(conn: Connection) -> list[Step]:
    """Return the steps, the first that is not done being the next. Yes and no, nobody's rows."""
    so_far = conn.execute(_SO_FAR).one()
    return [
        Step(
            so_far.coder and so_far.biller, "Let people sign in",
            "At least one coder and one biller. The coder's id is the one on your charges.",
            "claimloop user add NAME --role coder --coder-id ID",
        ),
        Step(
            so_far.taken_in, "Take in the first encounters",
            "From a FHIR or CSV folder. What cannot be read is kept and named.",
            "claimloop intake FOLDER",
        ),
        Step(
            so_far.sent, "See the first claims leave",
            "What is coded and clean becomes an 837 in the payer's folder to_payer/; what is not,"
            " becomes work. Lag shows how far each stage is.",
            "claimloop status",
        ),
        Step(
            so_far.answered, "Let the payers' files come",
            "999, 277CA and 835 files are taken from from_payer/ as they appear there.",
            "claimloop exchange",
        ),
        Step(
            so_far.item, "Take the first item",
            "What the edits hold or a payer refuses or denies stands under Work, most worth first:"
            " press n there.",
        ),
        Step(
            so_far.settled, "See a correction paid",
            "The fate of what goes out comes back to its item by itself.",
        ),
    ]


@get("/start", opt={"action": "home"}, sync_to_thread=True)
def start_page(request: Asked, web: NamedDependency[Web]) -> Response[Any]:
    """Show the steps and which are done."""
    with web.engine.connect() as conn:
        found = steps(conn)
    following = next((n for n, step in enumerate(found) if not step.done), len(found))
    return answers.page(request, "start.html", {"steps": found, "following": following})


HANDLERS = (start_page,)
