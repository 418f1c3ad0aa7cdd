"""The four stream processors, and how one runs on Kafka with Faust.

Read them in this order: `validation`, `assembly`, `denials`, `accuracy`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from services.claims.terms import Terms
from services.delivery.processor import Processor
from streams import accuracy, assembly, denials, validation

TOPOLOGY: Mapping[str, Callable[[Terms], Processor[Any]]] = {
    "validation": validation.processor,
    "assembly": assembly.processor,
    "denials": denials.processor,
    "accuracy": accuracy.processor,
}
"""Name -> what makes the processor under a site's terms: ``TOPOLOGY["assembly"](terms)``."""
