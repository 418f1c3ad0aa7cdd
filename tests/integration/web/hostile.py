"""What the attacks of `test_security_*` share: the routes of the application itself."""

import re
from collections.abc import Callable, Iterator

from litestar import Litestar

from tests.integration.web.conftest import Person

SignIn = Callable[[str], Person]
NOBODY = "5b57ecf4-d950-5e22-bf99-dd96372e84e5"
PUBLIC = ("/sign-in", "/sign-in/provider", "/sign-in/back")


def routes(app: Litestar) -> Iterator[tuple[str, str]]:
    for route in app.routes:
        path = re.sub(r"\{(\w+):\w+\}", NOBODY, route.path)
        for handler in getattr(route, "route_handlers", None) or [route.route_handler]:
            for method in handler.http_methods:
                if not path.startswith("/static") and method in ("GET", "POST"):
                    yield method, path


def action_of(app: Litestar, path: str) -> str:
    """Return the action of what is posted to a path."""
    for route in app.routes:
        if re.sub(r"\{(\w+):\w+\}", NOBODY, route.path) == path:
            handlers = getattr(route, "route_handlers", [])
            return str(next(h for h in handlers if "POST" in h.http_methods).opt["action"])
    raise LookupError(path)
