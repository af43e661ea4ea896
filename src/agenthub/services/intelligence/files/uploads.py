"""What arrives: the body of a request as one file, raw or as a form, chunk by chunk."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from agenthub.services.intelligence.files.errors import UploadUnreadable

_FORM = "multipart/form-data"
_LONGEST_FIELD = 256


class Upload(ABC):
    """One file on its way in; name, purpose and type are complete once the chunks have been read."""

    name: str
    purpose: str
    declared_type: str
    is_body: bool = False

    @abstractmethod
    def chunks(self) -> AsyncIterator[bytes]:
        """The file's bytes as they arrive; UploadUnreadable when they cannot be understood or stop."""


def upload_of(request: Request, name: str, purpose: str) -> Upload:
    """The request's file: a form when the body says that it is one, else the body itself."""
    declared = request.headers.get("content-type", "")
    kind = RawUpload if declared.partition(";")[0].strip().lower() != _FORM else FormUpload
    return kind(request, name, purpose, declared)


class RawUpload(Upload):
    """The body is the file."""

    is_body = True

    def __init__(self, request: Request, name: str, purpose: str, declared_type: str) -> None:
        self._request = request
        self.name = name
        self.purpose = purpose
        self.declared_type = declared_type

    async def chunks(self) -> AsyncIterator[bytes]:
        async for chunk in _body(self._request):
            yield chunk


class FormUpload(Upload):
    """multipart/form-data (RFC 7578) with the parts `file` and, optional, `name` and `purpose`.

    The parser is fed with what arrives and hands on what belongs to the file, so nothing is spooled.
    What the address says of name and purpose goes before what the form says.
    """

    def __init__(self, request: Request, name: str, purpose: str, content_type: str) -> None:
        self._request = request
        self._given = {"name": name, "purpose": purpose}
        self._boundary = parse_options_header(content_type)[1].get(b"boundary", b"")
        self._form = _Form()
        self.name = name
        self.purpose = purpose
        self.declared_type = ""

    async def chunks(self) -> AsyncIterator[bytes]:
        form = self._form
        parser = _parser(self._boundary, form)
        async for chunk in _body(self._request):
            _feed(parser, chunk)
            for piece in form.taken():
                yield piece
        if not form.is_complete:
            raise UploadUnreadable("the form ends before its closing boundary; send it again whole")
        if not form.has_file:
            raise UploadUnreadable("the form has no part named file; send the file under this name")
        self.name = self._given["name"] or form.fields.get("name") or form.file_name
        self.purpose = self._given["purpose"] or form.fields.get("purpose", "")
        self.declared_type = form.declared_type


class _Form:
    """What the parser has told so far."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self.file_name = ""
        self.declared_type = ""
        self.has_file = False
        self.is_complete = False
        self._pieces: list[bytes] = []
        self._headers: dict[bytes, bytes] = {}
        self._header: tuple[bytes, bytes] = (b"", b"")
        self._part = ""
        self._value = b""

    def taken(self) -> list[bytes]:
        """The file's bytes since the last time."""
        pieces, self._pieces = self._pieces, []
        return pieces

    def begin_part(self) -> None:
        self._headers = {}
        self._header = (b"", b"")
        self._value = b""

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._header = (self._header[0] + data[start:end], self._header[1])

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._header = (self._header[0], self._header[1] + data[start:end])

    def end_header(self) -> None:
        self._headers[self._header[0].lower()] = self._header[1]
        self._header = (b"", b"")

    def end_headers(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        self._part = _text(options.get(b"name", b""))
        if self._part not in {"file", "name", "purpose"}:
            raise UploadUnreadable(
                f"the form has a part {self._part[:64]!r}; send file, name and purpose only"
            )
        if self._part == "file":
            if self.has_file:
                raise UploadUnreadable("the form has two files; send each in a request of its own")
            self.has_file = True
            self.file_name = _text(options.get(b"filename", b""))
            self.declared_type = self._headers.get(b"content-type", b"").decode("latin-1")

    def part_data(self, data: bytes, start: int, end: int) -> None:
        if self._part == "file":
            self._pieces.append(data[start:end])
            return
        self._value += data[start:end]
        if len(self._value) > 4 * _LONGEST_FIELD:
            raise UploadUnreadable(
                f"the form's {self._part} is too long; {_LONGEST_FIELD} characters are enough"
            )

    def end_part(self) -> None:
        if self._part != "file":
            self.fields[self._part] = _text(self._value)

    def end(self) -> None:
        self.is_complete = True


def _parser(boundary: bytes, form: _Form) -> MultipartParser:
    if not boundary:
        raise UploadUnreadable("the Content-Type names no boundary; let your client set it")
    told: Any = {
        "on_part_begin": form.begin_part,
        "on_header_field": form.header_field,
        "on_header_value": form.header_value,
        "on_header_end": form.end_header,
        "on_headers_finished": form.end_headers,
        "on_part_data": form.part_data,
        "on_part_end": form.end_part,
        "on_end": form.end,
    }
    try:
        return MultipartParser(boundary, told)
    except FormParserError as problem:
        raise UploadUnreadable(f"the form's boundary cannot be used: {problem}") from problem


def _feed(parser: MultipartParser, chunk: bytes) -> None:
    try:
        parser.write(chunk)
    except FormParserError as problem:
        raise UploadUnreadable(f"the form cannot be read: {problem}") from problem


async def _body(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            if chunk:
                yield chunk
    except ClientDisconnect as problem:
        raise UploadUnreadable("the connection ended before the file; send it again") from problem


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
