"""A page as a picture, or the word that the caller's own copy of it is still the right one.

The answer says ``no-store``, as all of a reader's: what browsers show is not kept by them. Programs
that keep pictures themselves ask by their tags.
"""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import Response

from api.content import document_access
from api.content.document_access import Shown
from api.service import Service

NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The picture that the caller has (If-None-Match) is still the right one."}
}


def picture_answer(request: Request, service: Service, shown: Shown) -> Response:
    """For a page that was opened for the caller before, with its rights. Raises as ``picture``."""
    tag = {"ETag": shown.tag}
    asked = request.headers.get("if-none-match", "")
    known = {each.strip().removeprefix("W/") for each in asked.split(",")}
    if shown.exists and shown.tag in known:
        return Response(status_code=304, headers=tag)
    return Response(document_access.picture(service, shown), media_type="image/png", headers=tag)
