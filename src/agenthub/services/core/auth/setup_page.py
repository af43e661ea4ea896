"""The page on which the first owner is made: plain HTML, its script and its style, nothing of others."""

from pathlib import Path

from fastapi import Response

from agenthub.kit.app.routes import Router
from agenthub.kit.auth.access import public

router = Router()
_FOLDER = Path(__file__).parent / "setup"
_PAGE = (_FOLDER / "setup.html").read_bytes()
_SCRIPT = (_FOLDER / "setup.js").read_bytes()
_STYLE = (_FOLDER / "setup.css").read_bytes()
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    # The address holds the token of the link.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_OPEN = public("a form; its answer needs the token of the link")


@router.get("/setup", openapi_extra=_OPEN, include_in_schema=False)
async def page() -> Response:
    return Response(_PAGE, media_type="text/html; charset=utf-8", headers=_HEADERS)


@router.get("/setup/setup.js", openapi_extra=_OPEN, include_in_schema=False)
async def script() -> Response:
    return Response(_SCRIPT, media_type="text/javascript; charset=utf-8", headers=_HEADERS)


@router.get("/setup/setup.css", openapi_extra=_OPEN, include_in_schema=False)
async def style() -> Response:
    return Response(_STYLE, media_type="text/css; charset=utf-8", headers=_HEADERS)
