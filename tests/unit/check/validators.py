"""What independent validators say of a file: accepted, refused, or none when they know no such."""

import io
import logging
from functools import cache
from typing import Any

import oxedi
import pyx12.map_if
import pyx12.params
import pyx12.x12n_document
from x12sdk.io import X12ModelReader

logging.getLogger("pyx12").setLevel(logging.CRITICAL)
logging.getLogger("x12sdk").setLevel(logging.CRITICAL)
SDK_KINDS = ("837P", "837I", "835")
# Addenda neither knows by name; their maps differ in nothing that is tested here.
ADDENDA = {"005010X222A2": "005010X222A1", "005010X223A3": "005010X223A2",
           "005010X223A1": "005010X223A2"}


_load = pyx12.map_if.load_map_file


@cache
def _map(file: str) -> Any:
    return _load(file, pyx12.params.ParamsUnix())


def _cached(file: str, param: Any, path: Any = None) -> Any:
    """Load a map once: pyx12 parses its XML anew for each file."""
    return _map(file)


def pyx12_accepts(content: bytes) -> bool:
    """Say whether pyx12 accepts a file; an exception is a refusal."""
    text = content.decode("utf-8", "replace")
    for addendum, known in ADDENDA.items():
        text = text.replace(addendum, known)
    pyx12.map_if.load_map_file = _cached
    try:
        return bool(pyx12.x12n_document.x12n_document(
            pyx12.params.ParamsUnix(), io.StringIO(text), io.StringIO(), None, None
        ))
    except Exception:  # noqa: BLE001 - whatever a validator raises is a refusal
        return False
    finally:
        pyx12.map_if.load_map_file = _load


def x12sdk_accepts(content: bytes, kind: str) -> bool | None:
    """Say whether x12sdk accepts a file; none when it does not read the kind."""
    if kind not in SDK_KINDS:
        return None
    try:
        with X12ModelReader(content.decode("utf-8", "replace")) as reader:
            return len(list(reader.models())) > 0
    except Exception:  # noqa: BLE001 - whatever a validator raises is a refusal
        return False


def oxedi_accepts(content: bytes, kind: str) -> bool | None:
    """Say whether oxedi reads a remittance without a diagnostic; none for another kind."""
    if kind != "835":
        return None
    try:
        return not list(oxedi.parse(content).diagnostics)
    except ValueError:
        return False
