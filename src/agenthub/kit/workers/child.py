"""One call in a fresh interpreter that may crash, loop or swallow memory without harm to us."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from agenthub.kit.errors import Invalid

MEBIBYTE = 1024 * 1024
# What allocators outside Python say before they abort: Rust, C++, and Python when it cannot even raise.
_OUT_OF_MEMORY = (b"memory allocation of", b"bad_alloc", b"MemoryError", b"out of memory")
_ERROR_TAIL_BYTES = 4096


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
        environment and is killed with all that it started, also when the caller is cancelled.
        """
        pipe = asyncio.subprocess.PIPE
        async with self._turns:
            process = await asyncio.create_subprocess_exec(
                *_command(function, argument, limits),
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                env=_environment(),
                cwd="/",
                start_new_session=True,
            )
            try:
                async with asyncio.timeout(limits.wall_seconds):
                    sent = b"" if isinstance(argument, Path) else argument
                    return await _converse(process, sent, limits)
            except TimeoutError as error:
                detail = f"The work was stopped after {limits.wall_seconds:g} s."
                raise ChildFailed(Reason.too_slow, detail) from error
            finally:
                await _kill(process)


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


async def _kill(process: asyncio.subprocess.Process) -> None:
    """End the whole group; the child leads it, and may be gone before those that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def _converse(process: asyncio.subprocess.Process, argument: bytes, limits: ChildLimits) -> bytes:
    assert process.stdin  # noqa: S101  all three are pipes
    assert process.stdout  # noqa: S101  as above
    assert process.stderr  # noqa: S101  as above
    sending = asyncio.create_task(_send(process.stdin, argument))
    errors = asyncio.create_task(_tail(process.stderr))
    try:
        kind, content = await _frame(process.stdout, limits)
        if kind == b"+":
            return content
        raise _failure(kind, content.decode(errors="replace"))
    except asyncio.IncompleteReadError as error:
        raise _death(await process.wait(), await errors, limits) from error
    finally:
        sending.cancel()
        errors.cancel()
        await asyncio.gather(sending, errors, return_exceptions=True)


async def _send(stdin: asyncio.StreamWriter, argument: bytes) -> None:
    # A child that dies early tells why by its end, not by its closed input.
    with suppress(BrokenPipeError, ConnectionResetError):
        stdin.write(argument)
        await stdin.drain()
        stdin.close()


async def _tail(stderr: asyncio.StreamReader) -> bytes:
    tail = b""
    while chunk := await stderr.read(65536):
        tail = (tail + chunk)[-_ERROR_TAIL_BYTES:]
    return tail


async def _frame(stdout: asyncio.StreamReader, limits: ChildLimits) -> tuple[bytes, bytes]:
    header = await stdout.readexactly(9)
    size = int.from_bytes(header[1:], "big")
    if size > limits.output_bytes:
        detail = f"The work produced more than the {limits.output_bytes} bytes that are allowed."
        raise ChildFailed(Reason.too_much_output, detail)
    return header[:1], await stdout.readexactly(size)


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
