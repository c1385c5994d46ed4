"""Pages as pictures for the pages of the web interface: where there is none, a box with the reason.

The HTTP interface answers with a problem instead (api/routes); a browser would show that as a torn
picture.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from textwrap import wrap

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.content import document_access
from api.content.document_access import Shown
from api.content.picture_answers import picture_answer
from api.http.auth import Served
from api.service import Service
from api.web.rendering.forms import Visitor
from archive.errors import MissingObject
from config.errors import ChildDeath, Forbidden, InputError, NotFound, ServiceError, Unavailable
from config.isolation import COMES_BACK
from config.logs import logger

router = APIRouter(include_in_schema=False)
WIDTH, HEIGHT = 320, 452  #: of the box, in its own units: the shape of a page of A4
_LINE, _SIGNS = 26, 24  #: height of a line, signs in it
_WHY: tuple[tuple[type[Exception], str], ...] = (
    (MissingObject, "Die Datei liegt nicht mehr vor. Bitte die Verwaltung verständigen."),
    (NotFound, "Diese Seite gibt es in der Datei nicht."),
    (Forbidden, "Von dieser Datei werden keine Seiten gezeigt."),
    (ChildDeath, "Diese Seite lässt sich nicht als Bild zeigen."),
    (InputError, "Diese Datei lässt sich nicht als Bild zeigen."),
    (Unavailable, "Das Bild ist gerade nicht zu machen. Bitte die Seite neu laden."),
)


@router.get("/dokumente/{document_id}/bild/{number}")
def page(
    request: Request,
    service: Served,
    caller: Visitor,
    document_id: str,
    number: int,
    breite: int = 1240,
) -> Response:
    """A page of a document. Raises NotFound and Forbidden for those who may not see its content."""
    shown = document_access.page_of(service, caller, document_id, number, max(1, breite))
    return _picture(request, service, lambda: shown, document_id)


@router.get("/eingaenge/{item_id}/bild/{number}")
def held_page(
    request: Request, service: Served, caller: Visitor, item_id: str, number: int
) -> Response:
    """A page of a held item. Raises as ``page``."""
    item = document_access.held_item(service, caller, item_id)
    return _picture(request, service, lambda: document_access.held_page_of(item, number), item_id)


def _picture(
    request: Request, service: Service, find: Callable[[], Shown], subject: str
) -> Response:
    try:
        return picture_answer(request, service, find())
    except (ServiceError, OSError) as error:
        why = _why(error)
        logger("pages").warning("no picture", subject=subject, error=str(error))
        return Response(box(why), media_type="image/svg+xml")


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        away = error.errno in COMES_BACK
        return _WHY[-1][1] if away else _WHY[0][1]
    return next((text for kind, text in _WHY if isinstance(error, kind)), _WHY[3][1])


def box(reason: str) -> str:
    """A plain box of a page's shape with a sentence in it, as SVG."""
    lines = wrap(reason, _SIGNS)
    top = (HEIGHT - _LINE * (len(lines) - 1)) // 2
    text = "".join(
        f'<text x="{WIDTH // 2}" y="{top + _LINE * number}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
        f' height="{HEIGHT}" role="img"><title>{escape(reason)}</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#f4f5f7" stroke="#8a90a0"/>'
        f'<g font-family="sans-serif" font-size="20" fill="#12152a" text-anchor="middle">{text}</g>'
        "</svg>"
    )
