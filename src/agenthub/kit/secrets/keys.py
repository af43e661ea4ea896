"""The master key, from a file made at first boot or from a given text."""

import base64
import binascii
import os
import secrets
import stat
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from agenthub.kit.errors import Misconfigured

KEY_BYTES = 32
# Of 32 random bytes some 30 differ; fewer than this is a pattern that somebody typed.
_DISTINCT_BYTES = 16
_MEND = "Make one with: openssl rand -base64 32"


class MasterKey:
    """At least 32 secret bytes from which every key of the installation is derived.

    `id` names the key without telling anything of it.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < KEY_BYTES:
            raise Misconfigured(f"The master key is shorter than {KEY_BYTES} bytes. {_MEND}")
        if len(set(secret)) < _DISTINCT_BYTES:
            raise Misconfigured(f"The master key is not random. {_MEND}")
        self._secret = secret
        self.id = self.derive("master key id")[:8].hex()

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose (HKDF-SHA256, RFC 5869)."""
        hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=b"agenthub", info=purpose.encode())
        return hkdf.derive(self._secret)

    @classmethod
    def from_text(cls, text: str) -> "MasterKey":
        """From base64 of either alphabet, with or without padding."""
        plain = text.strip().rstrip("=").translate(str.maketrans("+/", "-_"))
        try:
            secret = base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise Misconfigured(f"The master key is not base64. {_MEND}") from error
        return cls(secret)

    @classmethod
    def from_file(cls, path: Path) -> "MasterKey":
        """From a file that only its owner may read; made if it is absent."""
        try:
            if not path.exists():
                _create(path)
            mode = stat.S_IMODE(path.stat().st_mode)
            text = path.read_text("ascii", errors="replace")
        except OSError as error:
            raise Misconfigured(f"The master key cannot be read or made: {error}.") from error
        if mode & 0o077:
            raise Misconfigured(f"Others may read the master key. Run: chmod 600 {path}")
        return cls.from_text(text)


def _create(path: Path) -> None:
    """Appear whole or not at all; of two processes at once one wins and both read the same key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()
