"""The inside of a child: limit yourself, call one function, answer in one frame.

    python -m agenthub.kit.workers.child_main FUNCTION MEMORY_BYTES CPU_SECONDS [PATH]

The argument is the path, or else all of standard input. The answer on standard output is one
byte of kind, eight bytes of length (big-endian) and the content. Imports stay few: every one
is paid for at every call.
"""

import importlib
import os
import resource
import sys


def limit(memory_bytes: int, cpu_seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    # The soft limit ends the process by SIGXCPU; the hard one cannot be caught.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))


def answer(dotted: str, path: str | None) -> tuple[bytes, bytes]:
    """The frame's kind and content: + result, ! refused, m too much memory, x any other error."""
    try:
        module, _, name = dotted.rpartition(".")
        function = getattr(importlib.import_module(module), name)
        if path is None:
            return b"+", function(sys.stdin.buffer.read())
        from pathlib import Path

        return b"+", function(Path(path))
    except MemoryError:
        return b"m", b""
    except Exception as error:  # noqa: BLE001  whatever a parser raises is reported, not hidden
        from agenthub.kit.errors import Problem

        if isinstance(error, Problem):
            return b"!", error.detail.encode()
        return b"x", f"{type(error).__name__}: {error}".encode(errors="replace")[:2000]


def main() -> None:
    dotted, memory_bytes, cpu_seconds, *path = sys.argv[1:]
    # Prints of a library go to the error stream and cannot spoil the answer.
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    limit(int(memory_bytes), int(cpu_seconds))
    kind, content = answer(dotted, path[0] if path else None)
    channel.write(kind + len(content).to_bytes(8, "big"))
    channel.write(content)
    channel.flush()


if __name__ == "__main__":
    main()
