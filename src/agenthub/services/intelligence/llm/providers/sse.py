"""Server-sent events out of bytes that arrive in any portions (WHATWG HTML, section 9.2)."""

import re

LINE_LIMIT_BYTES = 10_000_000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\n|\r")


class LineTooLongError(ValueError):
    """A line is longer than is read; the stream is of no further use."""


class EventParser:
    """Collects the `data` of each event; comments, other fields and events without data are passed over.

    What is not UTF-8 becomes U+FFFD, as the standard says.
    """

    def __init__(self, line_limit: int = LINE_LIMIT_BYTES) -> None:
        self._line_limit = line_limit
        self._portions: list[bytes] = []
        self._held = 0
        self._after_return = False
        self._first = True
        self._data: list[str] = []
        self._data_size = 0

    def feed(self, portion: bytes) -> list[str]:
        """The events that this portion completes."""
        events: list[str] = []
        if not portion:
            return events
        if self._after_return:
            portion = portion.removeprefix(b"\n")
        start = 0
        for end in _LINE_END.finditer(portion):
            self._hold(portion[start : end.start()])
            self._take(b"".join(self._portions), events)
            self._portions, self._held = [], 0
            start = end.end()
        self._after_return = portion.endswith(b"\r")
        self._hold(portion[start:])
        return events

    def close(self) -> list[str]:
        """The last event, where the sender left out the empty line after it; half a line is dropped."""
        events: list[str] = []
        self._take(b"", events)
        return events

    def _hold(self, portion: bytes) -> None:
        self._held += len(portion)
        if self._held > self._line_limit:
            raise LineTooLongError(f"A line has more than {self._line_limit} bytes.")
        self._portions.append(portion)

    def _take(self, line: bytes, events: list[str]) -> None:
        if self._first:
            line = line.removeprefix(_BYTE_ORDER_MARK)
            self._first = False
        if not line:
            if self._data:
                events.append("\n".join(self._data))
            self._data, self._data_size = [], 0
            return
        name, _, value = line.partition(b":")
        if name != b"data":
            return
        self._data_size += len(value)
        if self._data_size > self._line_limit:
            raise LineTooLongError(f"An event has more than {self._line_limit} bytes.")
        self._data.append(value.removeprefix(b" ").decode("utf-8", "replace"))
