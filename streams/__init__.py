"""The four stream processors, and how one runs on Kafka with Faust.

Read them in this order: `validation`, `assembly`, `denials`, `accuracy`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from services.claims import terms
from services.claims.terms import Site, Terms
from services.codes import reference
from services.codes.reference import Reference
from services.delivery.processor import Processor
from streams import assembly, validation


def _told(make: Callable[[Terms], Processor[Any]]) -> Callable[..., Processor[Any]]:
    """Return what makes a processor for a site and its parties (the packaged ones if none)."""

    def build(site: Site, parties: Reference | None = None) -> Processor[Any]:
        return make(terms.of(site, parties or reference.load()))

    return build


TOPOLOGY: Mapping[str, Callable[..., Processor[Any]]] = {
    "validation": _told(validation.processor),
    "assembly": _told(assembly.processor),
}
"""Name -> how to make the processor: ``TOPOLOGY["assembly"](site)``."""
