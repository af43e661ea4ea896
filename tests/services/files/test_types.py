"""The type of a file is read from its content; names and headers are only believed among kinds of text."""

import io
import zipfile

import pytest

from agenthub.services.intelligence.files.media_types import true_type
from agenthub.services.intelligence.files.names import clean_name, content_disposition
from agenthub.services.intelligence.files.service import service
from tests.doors import Start
from tests.services.files.doors import OWNER, form, kept, upload

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 40
WINDOWS = b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff" + b"\0" * 200
ELF = b"\x7fELF\2\1\1" + b"\0" * 60
SCRIPT = b"#!/bin/sh\nrm -rf /\n"
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def archive(*names: str, mimetype: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        if mimetype:
            made.writestr("mimetype", mimetype, compress_type=zipfile.ZIP_STORED)
        for name in names:
            made.writestr(name, "x" * 100)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "declared", "found"),
    [
        (PNG, "page.html", "text/html", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a.png", "image/png", "image/jpeg"),
        (b"%PDF-1.7\n%\xe2\xe3", "a.txt", "text/plain", "application/pdf"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.png", "image/png", "image/svg+xml"),
        (b"<?xml version='1.0'?><!-- x --><svg >", "a.xml", "", "image/svg+xml"),
        (b"\xef\xbb\xbf <!DOCTYPE html><p>", "a.csv", "text/csv", "text/html"),
        (b"\n<script>alert(1)</script>", "a.txt", "text/plain", "text/html"),
        (b"<div align=center>logo</div>\n# Title", "README.md", "", "text/markdown"),
        (b"# Title", "notes", "text/markdown; charset=utf-8", "text/markdown"),
        (b"a,b\n1,2\n", "x.csv", "", "text/csv"),
        (b'{"a": 1}', "x", "", "application/json"),
        (b'{"a": 1', "x.txt", "", "text/plain"),
        (b"no json", "x.json", "application/json", "text/plain"),
        (b"", "x.png", "image/png", "text/plain"),
        ("Öffnungszeiten sind überall gleich".encode("cp1252"), "x", "", "text/plain"),
        ("Привет, мир".encode("cp1251"), "x.txt", "", "text/plain"),
        ("Grüße".encode("utf-16"), "x.md", "", "text/markdown"),
        ("日本語".encode()[:-1], "x.txt", "", "text/plain"),
        (b"MZ is where the letter begins", "x.txt", "", "text/plain"),
        (b"\0\1\2\3", "x.html", "text/html", "application/octet-stream"),
        (b"OggS\0\2" + b"\0" * 22 + b"OpusHead", "v.ogg", "", "audio/ogg"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "x.xls", "", "application/vnd.ms-excel"),
        (archive("hello.txt"), "x.docx", "", "application/zip"),
        (archive(mimetype="application/epub+zip"), "x", "", "application/epub+zip"),
        (
            archive("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"),
            "x.docx",
            "",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
    ],
)
def test_the_content_decides(content: bytes, name: str, declared: str, found: str) -> None:
    assert true_type(content, name, declared) == found


@pytest.mark.parametrize(
    ("content", "name", "declared", "status"),
    [
        (WINDOWS, "photo.png", "image/png", 422),
        (WINDOWS, "photo.png", "application/octet-stream", 422),
        (WINDOWS, "setup.exe", "image/png", 422),
        (WINDOWS, "setup.exe", "application/x-msdownload", 201),
        (ELF, "report.pdf", "application/pdf", 422),
        (ELF, "tool", "application/octet-stream", 201),
        (SCRIPT, "photo.jpg", "image/jpeg", 422),
        (SCRIPT, "deploy.sh", "text/x-sh", 201),
        (PNG, "photo.exe", "application/octet-stream", 201),
    ],
)
async def test_a_program_that_is_called_something_else_is_refused(
    start: Start, content: bytes, name: str, declared: str, status: int
) -> None:
    async with start(service) as door:
        answer = await upload(door, content, name, content_type=declared)
        assert answer.status == status, answer.text
        if status == 422:
            assert answer.json()["code"] == "type_mismatch"
            assert (await door.request("GET", "/api/files", by=OWNER)).json()["items"] == []


async def test_the_test_virus_is_refused_by_both_doors(start: Start, tmp_path: object) -> None:
    async with start(service) as door:
        answers = [await upload(door, EICAR + b"\r\n", "eicar.com")]
        body, kind = form(("file", EICAR, "a.txt", "text/plain"), ("purpose", b"import", None, None))
        answers.append(
            await door.request("POST", "/api/files", by=OWNER, body=body, headers={"content-type": kind})
        )
        assert [(answer.status, answer.json()["code"]) for answer in answers] == [(422, "malicious")] * 2
        assert kept(tmp_path) == []


@pytest.mark.parametrize(
    ("content", "name", "purpose"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "me.svg", "avatar"),
        (b"just text", "me.png", "avatar"),
        (PNG, "call.wav", "recording"),
        (ELF, "manual", "knowledge"),
    ],
)
async def test_a_purpose_takes_only_what_serves_it(
    start: Start, content: bytes, name: str, purpose: str
) -> None:
    async with start(service) as door:
        answer = await upload(door, content, name, purpose)
        assert (answer.status, answer.json()["code"]) == (422, "type_not_allowed")


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b'{"filepath": "/etc/passwd", "file": {"path": "../../secret"}}', 201),
        ("application/x-www-form-urlencoded", b"file=@/etc/passwd", 201),
        ("text/plain", b"/etc/passwd", 201),
        ("multipart/mixed; boundary=x", b"--x\r\n\r\nfile:///etc/passwd\r\n--x--\r\n", 201),
        ("multipart/form-data", b"--x\r\n\r\nbody\r\n--x--\r\n", 400),
        ("multipart/form-data; boundary=x", b'{"filepath": "/etc/passwd"}', 400),
        ("multipart/form-data; boundary=x", b"", 400),
        ("multipart/form-data; boundary=" + "x" * 400, b"--x--", 400),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="filepath"\r\n\r\n/etc/passwd\r\n--x--\r\n',
            400,
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nimport\r\n--x--\r\n',
            400,
        ),
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"A: b\r\n" * 5000 + b"\r\n", 400),
        ("", b"anything", 201),
    ],
)
async def test_a_body_is_only_ever_content_and_never_names_a_path(
    start: Start, kind: str, body: bytes, status: int
) -> None:
    async with start(service) as door:
        answer = await upload(door, body, content_type=kind)
        assert answer.status == status, answer.text
        if status == 201:
            content = await door.request("GET", f"/api/files/{answer.json()['id']}/content", by=OWNER)
            assert content.body == body


async def test_an_unknown_or_missing_purpose_is_explained(start: Start) -> None:
    async with start(service) as door:
        assert (await upload(door, b"x", purpose="loot")).status == 422
        missing = await door.request("POST", "/api/files?name=a.txt", by=OWNER, body=b"x")
        assert (missing.status, missing.json()["fields"]) == (422, {"purpose": "missing"})
        body, kind = form(("file", b"x", "a.txt", None), ("purpose", b"loot", None, None))
        late = await door.request("POST", "/api/files", by=OWNER, body=body, headers={"content-type": kind})
        assert (late.status, late.json()["fields"]) == (422, {"purpose": "unknown"})


@pytest.mark.parametrize(
    ("given", "kept_as"),
    [
        ("../../etc/passwd", "passwd"),
        ("/etc/cron.d/job", "job"),
        ("C:\\Windows\\system32\\evil.dll", "evil.dll"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a\0b\r\nSet-Cookie: x.txt", "abSet-Cookie_ x.txt"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("folder/", "unnamed"),
        ("bad\ud800name", "badname"),
        (".env", ".env"),
        ("report.pdf. . ", "report.pdf"),
        ("Öffnungszeiten 2026 😀.md", "Öffnungszeiten 2026 😀.md"),
    ],
)
def test_names_lose_paths_and_control_characters(given: str, kept_as: str) -> None:
    assert clean_name(given) == kept_as


@pytest.mark.parametrize("letter", ["a", "ä", "😀"])
def test_long_names_keep_their_ending(letter: str) -> None:
    name = clean_name(letter * 600 + ".docx")
    assert len(name.encode()) <= 255
    assert name.startswith(letter)
    assert name.endswith(".docx")


def test_the_name_is_sent_back_in_plain_and_in_full() -> None:
    assert content_disposition('Öl "neu"; x=1.txt') == (
        "attachment; filename=\"Ol _neu_; x=1.txt\"; filename*=UTF-8''%C3%96l%20%22neu%22%3B%20x%3D1.txt"
    )
    assert (
        content_disposition("日本") == "attachment; filename=\"unnamed\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC"
    )
