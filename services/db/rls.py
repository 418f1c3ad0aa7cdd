"""Row-level security: the pages' transactions run as a role that sees what its person may see.

    with engine.begin() as conn:
        rls.enter(conn, Subject(name="anna", role="coder", facilities=("main",)))
        ...                       # rows of other facilities are not there

The policies and what the role may touch at all are in the migrations (`claimloop_protect`, grants).
The processes work as the owner, whom a policy lets through. Everything set here ends with the
transaction.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text

ROLE = "claimloop_web"
EVERYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Subject:
    """For whom a transaction is.

    Attributes:
        name: Sign-in name; becomes the actor of the audit rows.
        role: As `services.worklist.item.scope.Person.role`.
        facilities: Facilities it may see; ``("*",)`` sees all.
        session: Beginning of the session's hash, for the audit rows.
        request: Number of the request, for the audit rows.
    """

    name: str
    role: str
    facilities: tuple[str, ...] = ()
    session: str = ""
    request: str = ""


_ENTER = text(
    "select set_config('app.subject', :name, true), set_config('app.role', :role, true),"
    " set_config('app.facilities', :facilities, true), set_config('app.session', :session, true),"
    f" set_config('app.request', :request, true), set_config('role', '{ROLE}', true)"
)


def enter(conn: Connection, subject: Subject) -> None:
    """Make the rest of a transaction the subject's, with the rights of the pages' role."""
    everywhere = EVERYWHERE in subject.facilities
    conn.execute(_ENTER, {
        "name": subject.name, "role": subject.role,
        "facilities": EVERYWHERE if everywhere else ",".join(subject.facilities),
        "session": subject.session, "request": subject.request,
    })
