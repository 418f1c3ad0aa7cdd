"""Texts of people about a patient, sealed under the patient's key as they are stored."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection

from schemas.events import Sealed
from services.phi import vault
from services.phi.keys import SiteKey


def seal(
    conn: Connection, site: SiteKey, kid: str, encounter_id: str, purpose: str,
    content: Mapping[str, Any],
) -> bytes:
    """Return content sealed for one purpose (``query:<id>``): moved elsewhere it does not open."""
    key = vault.load_keys(conn, site, {kid})[kid]
    return msgspec.json.encode(vault.seal(key, kid, encounter_id, purpose, content))


def unseal(
    conn: Connection, site: SiteKey, encounter_id: str, purpose: str, sealed: bytes
) -> dict[str, Any]:
    """Return what `seal` sealed.

    Raises:
        cryptography.exceptions.InvalidTag: it was sealed for something else.
        KeyError: the patient's key is gone.
    """
    group = msgspec.convert(
        {**msgspec.json.decode(sealed), "schema": purpose}, Sealed
    )
    key = vault.load_keys(conn, site, {group.kid})[group.kid]
    return vault.unseal(key, encounter_id, group)
