"""One call in a fresh interpreter that may crash, loop or swallow memory without harm to us."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import cast

from agenthub.kit.errors import Invalid

MEBIBYTE = 1024 * 1024
# What allocators outside Python say before they abort: Rust, C++, and Python when it cannot even raise.
_OUT_OF_MEMORY = (b"memory allocation of", b"bad_alloc", b"MemoryError", b"out of memory")
_ERROR_TAIL_BYTES = 4096
_HEADER_BYTES = 9


class Reason(StrEnum):
    crashed = "crashed"
    too_slow = "too_slow"
    too_much_memory = "too_much_memory"
    too_much_output = "too_much_output"
    refused = "refused"


class ChildFailed(Invalid):
    """The child gave no result; the detail is a sentence for whoever sent the content."""

    code = "work_failed"
    title = "The content could not be processed"

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail, extra={"reason": reason.value})
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ChildLimits:
    memory_bytes: int = 512 * MEBIBYTE
    cpu_seconds: int = 30
    wall_seconds: float = 60.0
    output_bytes: int = 16 * MEBIBYTE


DEFAULT_LIMITS = ChildLimits()


class Children:
    """Runs at most `parallel` children at once; further calls wait for their turn."""

    def __init__(self, parallel: int) -> None:
        self._turns = asyncio.Semaphore(parallel)

    async def run(self, function: str, argument: bytes | Path, limits: ChildLimits = DEFAULT_LIMITS) -> bytes:
        """What the function with this dotted path makes of the bytes or of the file; ChildFailed.

        A Problem that it raises refuses the content in its own words. The child inherits no
        environment and is killed with its process group, also when the caller is cancelled.
        """
        async with self._turns:
            transport, child = await asyncio.get_running_loop().subprocess_exec(
                lambda: _Child(limits.output_bytes),
                *_command(function, argument, limits),
                env=_environment(),
                cwd="/",
                start_new_session=True,
            )
            try:
                _send(transport, b"" if isinstance(argument, Path) else argument)
                async with asyncio.timeout(limits.wall_seconds):
                    await child.settled.wait()
            except TimeoutError as error:
                detail = f"The work was stopped after {limits.wall_seconds:g} s."
                raise ChildFailed(Reason.too_slow, detail) from error
            finally:
                _kill(transport)
                await child.gone.wait()
        return _result(child, transport.get_returncode() or 0, limits)


class _Child(asyncio.SubprocessProtocol):
    """Collects the answer and the last words; settled once the rest of the child does not matter."""

    def __init__(self, output_bytes: int) -> None:
        self.output = bytearray()
        self.errors = b""
        self.settled = asyncio.Event()
        self.gone = asyncio.Event()
        self._output_bytes = output_bytes

    @property
    def size(self) -> int | None:
        """How much content the header announces, once it is here."""
        header = self.output[:_HEADER_BYTES]
        return int.from_bytes(header[1:], "big") if len(header) == _HEADER_BYTES else None

    @property
    def has_answered(self) -> bool:
        return self.size is not None and len(self.output) >= _HEADER_BYTES + self.size

    @property
    def is_excessive(self) -> bool:
        return self.size is not None and self.size > self._output_bytes

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd != 1:
            self.errors = (self.errors + data)[-_ERROR_TAIL_BYTES:]
            return
        self.output += data
        if self.has_answered or self.is_excessive:
            self.settled.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  the protocol's signature
        self.settled.set()
        self.gone.set()


def _command(function: str, argument: bytes | Path, limits: ChildLimits) -> list[str]:
    command = [sys.executable, "-P", "-s", "-m", "agenthub.kit.workers.child_main", function]
    command += [str(limits.memory_bytes), str(limits.cpu_seconds)]
    return [*command, str(argument.absolute())] if isinstance(argument, Path) else command


def _environment() -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",
        # Each thread of a numeric library reserves address space that counts against the limit.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }


def _send(transport: asyncio.SubprocessTransport, argument: bytes) -> None:
    stdin = cast("asyncio.WriteTransport", transport.get_pipe_transport(0))
    stdin.write(argument)
    stdin.write_eof()


def _kill(transport: asyncio.SubprocessTransport) -> None:
    """End the whole group; the child leads it, and may be gone before those that it started."""
    with suppress(ProcessLookupError):
        os.killpg(transport.get_pid(), signal.SIGKILL)
    transport.close()


def _result(child: _Child, status: int, limits: ChildLimits) -> bytes:
    if child.is_excessive:
        detail = f"The work produced more than the {limits.output_bytes} bytes that are allowed."
        raise ChildFailed(Reason.too_much_output, detail)
    if not child.has_answered:
        raise _death(status, child.errors, limits)
    content = bytes(child.output[_HEADER_BYTES : _HEADER_BYTES + (child.size or 0)])
    if child.output[:1] != b"+":
        raise _failure(bytes(child.output[:1]), content.decode(errors="replace"))
    return content


def _failure(kind: bytes, content: str) -> ChildFailed:
    if kind == b"!":
        return ChildFailed(Reason.refused, content)
    if kind == b"m":
        return ChildFailed(Reason.too_much_memory, "The work needed more memory than is allowed.")
    return ChildFailed(Reason.crashed, f"The work failed: {content}")


def _death(status: int, errors: bytes, limits: ChildLimits) -> ChildFailed:
    """Why a child ended without an answer, from its exit status and its last words."""
    if status == -signal.SIGXCPU:
        detail = f"The work was stopped after {limits.cpu_seconds} s of computing."
        return ChildFailed(Reason.too_slow, detail)
    if status == -signal.SIGKILL or any(words in errors for words in _OUT_OF_MEMORY):
        return ChildFailed(Reason.too_much_memory, "The work needed more memory than is allowed.")
    how = f"by signal {-status}" if status < 0 else f"with status {status}"
    return ChildFailed(Reason.crashed, f"The work crashed: its process ended {how}.")
