"""Secrets open under their key and in their place, and nowhere else."""

import base64
import hmac
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, strategies as st

from agenthub.kit.errors import Misconfigured
from agenthub.kit.secrets.envelope import (
    DataKey,
    Envelope,
    Place,
    Undecipherable,
    key_id_of,
    seal,
    unseal,
)
from agenthub.kit.secrets.installation import installation_key, installation_place
from agenthub.kit.secrets.keys import MasterKey

MASTER = MasterKey(bytes(range(32)))
PLACE = Place("org_a", "channels", "token", "chan_1")


@pytest.fixture
def envelope() -> Envelope:
    return Envelope(MASTER)


@pytest.fixture
def key(envelope: Envelope) -> DataKey:
    return envelope.unwrap(envelope.new_data_key("org_a"))


@given(st.binary(max_size=200))
def test_what_is_sealed_is_unsealed(plaintext: bytes) -> None:
    envelope = Envelope(MASTER)
    key = envelope.unwrap(envelope.new_data_key("org_a"))
    sealed = seal(key, plaintext, PLACE)
    assert unseal(key, sealed, PLACE) == plaintext
    assert key_id_of(sealed) == key.id
    assert seal(key, plaintext, PLACE) != sealed


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(PLACE, organization_id="org_b"),
        replace(PLACE, table="webhooks"),
        replace(PLACE, column="secret"),
        replace(PLACE, row="chan_2"),
        replace(PLACE, table="channelst", column="oken"),
    ],
)
def test_moved_ciphertext_does_not_open(key: DataKey, elsewhere: Place) -> None:
    with pytest.raises(Undecipherable):
        unseal(key, seal(key, b"secret", PLACE), elsewhere)


def test_every_changed_byte_is_noticed(key: DataKey) -> None:
    sealed = seal(key, b"secret", PLACE)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(Undecipherable):
            unseal(key, bytes(changed), PLACE)


@given(st.binary(max_size=60))
def test_noise_is_undecipherable(noise: bytes) -> None:
    key = Envelope(MASTER).unwrap(Envelope(MASTER).new_data_key("org_a"))
    with pytest.raises(Undecipherable):
        unseal(key, noise, PLACE)


def test_the_key_of_another_organization_neither_seals_nor_opens(envelope: Envelope, key: DataKey) -> None:
    other = envelope.unwrap(envelope.new_data_key("org_b"))
    with pytest.raises(ValueError):
        seal(other, b"secret", PLACE)
    with pytest.raises(Undecipherable):
        unseal(other, seal(key, b"secret", PLACE), PLACE)


def test_the_shape_on_disk_is_aes_256_gcm_as_documented(key: DataKey) -> None:
    sealed = seal(key, b"secret", PLACE)
    parts = [key.id, "org_a", "channels", "token", "chan_1"]
    context = b"\x01" + b"".join(len(part).to_bytes(4, "big") + part.encode() for part in parts)
    assert sealed[0] == 1
    assert sealed[1:9].hex() == key.id
    assert AESGCM(key.secret).decrypt(sealed[9:21], sealed[21:], context) == b"secret"


def test_a_wrapped_key_cannot_be_given_to_another_organization(envelope: Envelope) -> None:
    wrapped = envelope.new_data_key("org_a")
    with pytest.raises(Undecipherable):
        envelope.unwrap(replace(wrapped, organization_id="org_b"))


def test_after_rewrapping_old_values_open_and_the_old_master_does_not(envelope: Envelope) -> None:
    new_master = MasterKey(os.urandom(32))
    wrapped = envelope.new_data_key("org_a")
    sealed = seal(envelope.unwrap(wrapped), b"secret", PLACE)
    rewrapped = envelope.rewrap(wrapped, new_master)
    assert unseal(Envelope(new_master).unwrap(rewrapped), sealed, PLACE) == b"secret"
    with pytest.raises(Undecipherable, match=new_master.id):
        envelope.unwrap(rewrapped)


def test_keys_do_not_show_in_representations(key: DataKey) -> None:
    assert repr(key.secret)[2:10] not in repr(key)
    assert str(list(range(32)))[1:20] not in repr(MASTER)
    assert "\\x00" not in repr(MASTER)


def test_derived_keys_follow_rfc_5869() -> None:
    """Checked against an independent HKDF made of HMAC."""
    extracted = hmac.digest(b"agenthub", bytes(range(32)), "sha256")
    assert MASTER.derive("tokens") == hmac.digest(extracted, b"tokens\x01", "sha256")
    assert MASTER.derive("tokens") != MASTER.derive("cookies")


def test_the_first_boot_makes_a_key_that_only_the_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "data" / "master.key"
    master = MasterKey.from_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(base64.urlsafe_b64decode(path.read_text())) == 32
    assert MasterKey.from_file(path).id == master.id
    assert [entry.name for entry in path.parent.iterdir()] == ["master.key"]


def test_processes_that_boot_together_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        ids = set(threads.map(lambda _: MasterKey.from_file(tmp_path / "key").id, range(32)))
    assert len(ids) == 1


def test_a_key_that_others_may_read_is_refused_with_the_mend(tmp_path: Path) -> None:
    MasterKey.from_file(tmp_path / "key")
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(Misconfigured, match="chmod 600"):
        MasterKey.from_file(tmp_path / "key")


def test_a_folder_that_cannot_hold_the_key_is_misconfigured(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Misconfigured, match="cannot be read or made"):
        MasterKey.from_file(tmp_path / "file" / "key")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "shorter"),
        ("c2hvcnQ=", "shorter"),
        ("not base64 at all! not base64 at all! not base64", "not base64"),
        ("QUFB" * 16, "not random"),
        ("changeme" * 8, "not random"),
    ],
)
def test_a_weak_key_is_refused_with_the_mend(text: str, why: str) -> None:
    with pytest.raises(Misconfigured, match=rf"{why}.*openssl rand -base64 32"):
        MasterKey.from_text(text)


@given(st.lists(st.integers(0, 255), min_size=32, max_size=32, unique=True).map(bytes))
def test_both_alphabets_of_base64_are_read(secret: bytes) -> None:
    expected = MasterKey(secret).id
    assert MasterKey.from_text(base64.b64encode(secret).decode()).id == expected
    assert MasterKey.from_text(base64.urlsafe_b64encode(secret).decode().rstrip("=") + "\n").id == expected


def test_what_is_the_installations_own_opens_under_its_master_key_alone() -> None:
    place = installation_place("signing_keys", "private_sealed", "kid_1")
    sealed = seal(installation_key(MASTER), b"private", place)
    assert unseal(installation_key(MASTER), sealed, place) == b"private"
    with pytest.raises(Undecipherable):
        unseal(installation_key(MasterKey(bytes(range(1, 33)))), sealed, place)
    with pytest.raises(Undecipherable):
        unseal(
            installation_key(MASTER), sealed, installation_place("signing_keys", "private_sealed", "kid_2")
        )
