"""The plain chat page, and the files it is made of; nothing of it comes from anywhere else."""

from pathlib import Path
from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from agenthub.kit.app.routes import Router, context
from agenthub.kit.auth.access import public
from agenthub.kit.errors import NotFound
from agenthub.services.communication.webchat import visitor
from agenthub.services.communication.webchat.visitor import Unit

router = Router(include_in_schema=True, tags=["webchat"])
Ctx = Annotated[Unit, Depends(context)]
FOLDER = Path(__file__).parent / "page"
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "Cache-Control": "no-cache",
}
_ASSETS = {path.name: path.read_bytes() for path in FOLDER.iterdir() if path.suffix in _MEDIA_TYPES}
_PAGE = (FOLDER / "chat.html").read_bytes()


@router.get("/chat/{slug}", openapi_extra=public("the page holds no data; the chat itself admits by token"))
async def chat_page(ctx: Ctx, slug: str) -> Response:
    """The chat with one agent as a page of its own."""
    await visitor.chat(ctx, slug)
    return Response(_PAGE, media_type="text/html; charset=utf-8", headers=_HEADERS)


@router.get("/widget/{name}", openapi_extra=public("program files of the chat page, the same for all"))
async def asset(name: str) -> Response:
    """A file of the chat page."""
    if name not in _ASSETS:
        raise NotFound("there is no such file")
    media_type = _MEDIA_TYPES[Path(name).suffix]
    return Response(_ASSETS[name], media_type=f"{media_type}; charset=utf-8", headers=_HEADERS)
