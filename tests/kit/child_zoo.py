"""What children do in the tests: all the ways in which a parser goes wrong."""

import ctypes
import os
import subprocess
import sys
import time
from pathlib import Path

from agenthub.kit.errors import Invalid


def upper(argument: bytes) -> bytes:
    return argument.upper()


def size_of(path: Path) -> bytes:
    return str(path.stat().st_size).encode()


def environment(_: bytes) -> bytes:
    return "\n".join(sorted(os.environ)).encode()


def modules(_: bytes) -> bytes:
    return "\n".join(sys.modules).encode()


def chatty(_: bytes) -> bytes:
    sys.stdout.write("x" * 1_000_000)
    os.write(1, b"noise")
    return b"clean"


def memory_bomb(_: bytes) -> bytes:
    hoard = []
    while True:
        hoard.append(bytearray(10_000_000))


def native_out_of_memory(_: bytes) -> bytes:
    os.write(2, b"memory allocation of 99 bytes failed\n")
    os.abort()


def killed(_: bytes) -> bytes:
    os.kill(os.getpid(), 9)
    return b""


def spin(_: bytes) -> bytes:
    while True:
        pass


def segfault(_: bytes) -> bytes:
    ctypes.string_at(0)
    return b""


def leave(_: bytes) -> bytes:
    os._exit(3)


def huge(_: bytes) -> bytes:
    return b"x" * 2_000_000


def flood(_: bytes) -> bytes:
    """Announce a large answer on the channel itself and never end."""
    with os.fdopen(3, "wb") as channel:
        channel.write(b"+" + (1 << 40).to_bytes(8, "big"))
        while True:
            channel.write(b"x" * 65536)


def raise_error(_: bytes) -> bytes:
    raise ValueError("bad cross-reference table")


def refuse(_: bytes) -> bytes:
    raise Invalid("The document is protected by a password. Remove it and try again.")


def hang_with_offspring(path: Path) -> bytes:
    """Write the process ids of itself and of a child of its own, then sleep."""
    offspring = subprocess.Popen(["sleep", "1000"])
    part = path.with_suffix(".part")
    part.write_text(f"{os.getpid()} {offspring.pid}")
    part.rename(path)
    time.sleep(1000)
    return b""


def leave_offspring(path: Path) -> bytes:
    offspring = subprocess.Popen(["sleep", "1000"], stdin=subprocess.DEVNULL)
    path.write_text(str(offspring.pid))
    return b"done"


def count_running(path: Path) -> bytes:
    """How many of us run at this moment, by files in a folder."""
    mine = path / str(os.getpid())
    mine.touch()
    time.sleep(0.05)
    count = len(list(path.iterdir()))
    mine.unlink()
    return str(count).encode()
