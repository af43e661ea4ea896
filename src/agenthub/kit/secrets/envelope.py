"""Envelope encryption: the master key wraps data keys, data keys seal values (AES-256-GCM).

A sealed value is: version (1 byte), data key id (8), nonce (12), ciphertext with its tag (16).
Nonces are random, good for 2^32 values a key (NIST SP 800-38D, 8.3).
"""

import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from agenthub.kit.errors import Misconfigured
from agenthub.kit.secrets.keys import KEY_BYTES, MasterKey

VERSION = b"\x01"
_ID_BYTES = 8
_NONCE_BYTES = 12
_HEADER_BYTES = len(VERSION) + _ID_BYTES


class Undecipherable(Misconfigured):
    """A stored secret does not open: wrong key, changed bytes, or moved from where it was sealed."""

    code = "secret_undecipherable"
    title = "A stored secret cannot be read"


@dataclass(frozen=True, slots=True)
class Place:
    """The one cell in which a sealed value can be opened."""

    organization_id: str
    table: str
    column: str
    row: str


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A data key as it is stored; `id` is 16 hexadecimal digits and unique."""

    id: str
    organization_id: str
    master_id: str
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class DataKey:
    id: str
    organization_id: str
    secret: bytes = field(repr=False)


class Envelope:
    """Pure functions of the master key; storing the wrapped keys is the caller's."""

    def __init__(self, master: MasterKey) -> None:
        self._master_id = master.id
        self._wrapping = AESGCM(master.derive("data keys"))

    def new_data_key(self, organization_id: str) -> WrappedKey:
        key = DataKey(secrets.token_hex(_ID_BYTES), organization_id, secrets.token_bytes(KEY_BYTES))
        return self._wrap(key)

    def unwrap(self, wrapped: WrappedKey) -> DataKey:
        """The data key; Undecipherable when it was wrapped under another master key."""
        if wrapped.master_id != self._master_id:
            raise Undecipherable(
                f"The data keys were wrapped under the master key {wrapped.master_id}, not under"
                f" {self._master_id}. Put the former back, or restore the backup that goes with this one."
            )
        context = _context(wrapped.organization_id, wrapped.id)
        secret = _decrypt(self._wrapping, wrapped.ciphertext, context)
        return DataKey(wrapped.id, wrapped.organization_id, secret)

    def rewrap(self, wrapped: WrappedKey, new_master: MasterKey) -> WrappedKey:
        """The same data key under another master key: sealed values stay as they are."""
        return Envelope(new_master)._wrap(self.unwrap(wrapped))  # noqa: SLF001  the same class

    def _wrap(self, key: DataKey) -> WrappedKey:
        ciphertext = _encrypt(self._wrapping, key.secret, _context(key.organization_id, key.id))
        return WrappedKey(key.id, key.organization_id, self._master_id, ciphertext)


def seal(key: DataKey, plaintext: bytes, place: Place) -> bytes:
    """Encrypt for this place; ValueError when the key is another organization's."""
    if key.organization_id != place.organization_id:
        raise ValueError("a data key seals only for its own organization")
    return VERSION + bytes.fromhex(key.id) + _encrypt(AESGCM(key.secret), plaintext, _bound(key.id, place))


def unseal(key: DataKey, sealed: bytes, place: Place) -> bytes:
    """What was sealed under this key for this place, else Undecipherable."""
    if key_id_of(sealed) != key.id:
        raise Undecipherable("The secret was sealed under another data key. Enter it again.")
    return _decrypt(AESGCM(key.secret), sealed[_HEADER_BYTES:], _bound(key.id, place))


def key_id_of(sealed: bytes) -> str:
    """Which data key opens it."""
    if len(sealed) <= _HEADER_BYTES + _NONCE_BYTES or not sealed.startswith(VERSION):
        raise Undecipherable("This is not a sealed secret, or of a later version. Enter it again.")
    return sealed[len(VERSION) : _HEADER_BYTES].hex()


def _bound(key_id: str, place: Place) -> bytes:
    return _context(key_id, place.organization_id, place.table, place.column, place.row)


def _context(*parts: str) -> bytes:
    """Unambiguous: each part with its length, so that no two lists of parts look alike."""
    encoded = [part.encode() for part in parts]
    return VERSION + b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def _encrypt(cipher: AESGCM, plaintext: bytes, context: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plaintext, context)


def _decrypt(cipher: AESGCM, data: bytes, context: bytes) -> bytes:
    try:
        return cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], context)
    except (InvalidTag, ValueError) as error:
        raise Undecipherable("The secret was changed or moved and does not open. Enter it again.") from error
