"""Seal and open groups of protected fields: AES-256-GCM under a data key per patient.

A data key is wrapped by the key-encryption key that derives from the site key and stored in
`data_key`. The nonce is random, so a group is sealed once and its bytes are copied ever after.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam, text

from schemas.events import Sealed
from services.phi.keys import SiteKey

NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Demographics:
    """The plaintext of a ``demographics`` group; all as in the source, dates as YYYY-MM-DD.

    The ``subscriber_*`` fields are empty when the patient is the subscriber; ``other_member_ids``
    follow the bill's `others`. Groups sealed before a field was added are read without it.
    """

    family: str
    given: str
    birth_date: str
    sex: str
    address: str
    city: str
    state: str
    zip: str
    member_id: str
    record_number: str
    patient_source_id: str
    encounter_source_id: str
    subscriber_family: str = ""
    subscriber_given: str = ""
    subscriber_birth_date: str = ""
    subscriber_sex: str = ""
    subscriber_address: str = ""
    subscriber_city: str = ""
    subscriber_state: str = ""
    subscriber_zip: str = ""
    other_member_ids: tuple[str, ...] = ()
    authorization: str = ""
    referral: str = ""
    claim_note: str = ""


def data_key_id(site: SiteKey, patient_source_id: str) -> str:
    """Return the opaque id of a patient's data key."""
    return site.opaque("patient", patient_source_id, length=20)


def ensure_keys(conn: Connection, site: SiteKey, kids: Iterable[str]) -> dict[str, bytes]:
    """Return the data keys of some patients, making those that are missing, in two statements."""
    wanted = sorted(set(kids))
    conn.execute(
        text(
            "insert into data_key (kid, wrapped) select * from "
            "unnest(cast(:kids as text[]), cast(:wrapped as bytea[])) on conflict do nothing"
        ),
        {"kids": wanted, "wrapped": [_wrap(site, kid, os.urandom(32)) for kid in wanted]},
    )
    return load_keys(conn, site, wanted)


def load_keys(conn: Connection, site: SiteKey, kids: Iterable[str]) -> dict[str, bytes]:
    """Return the data keys that exist: kid -> key."""
    rows = conn.execute(
        text("select kid, wrapped from data_key where kid = any(:kids)").bindparams(
            bindparam("kids", sorted(set(kids)))
        )
    )
    return {row.kid: _unwrap(site, row.kid, bytes(row.wrapped)) for row in rows}


def seal(
    key: bytes,
    kid: str,
    encounter_id: str,
    schema: str,
    content: Mapping[str, Any],
    version: int = 1,
) -> Sealed:
    """Return a group sealed under a patient's data key."""
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, orjson.dumps(content), _aad(encounter_id, version, schema))
    return Sealed(kid=kid, version=version, schema=schema, nonce=nonce, ciphertext=sealed)


def unseal(key: bytes, encounter_id: str, group: Sealed) -> dict[str, Any]:
    """Return what a group holds.

    Raises:
        cryptography.exceptions.InvalidTag: another key, encounter, version or schema.
    """
    aad = _aad(encounter_id, group.version, group.schema)
    return dict(orjson.loads(AESGCM(key).decrypt(group.nonce, group.ciphertext, aad)))


def seal_bytes(site: SiteKey, purpose: str, content: bytes, about: str) -> bytes:
    """Return stored bytes (a file, a dead letter) sealed under a key of the site; nonce first."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(site.derived(purpose)).encrypt(nonce, content, about.encode())


def unseal_bytes(site: SiteKey, purpose: str, sealed: bytes, about: str) -> bytes:
    """Return what `seal_bytes` sealed."""
    nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
    return AESGCM(site.derived(purpose)).decrypt(nonce, body, about.encode())


def _aad(encounter_id: str, version: int, schema: str) -> bytes:
    return f"{encounter_id}|{version}|{schema}".encode()


def _wrap(site: SiteKey, kid: str, key: bytes) -> bytes:
    return seal_bytes(site, "kek", key, kid)


def _unwrap(site: SiteKey, kid: str, wrapped: bytes) -> bytes:
    return unseal_bytes(site, "kek", wrapped, kid)
