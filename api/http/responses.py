"""What the routers share: documented problems, checked parameters, safe downloads."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path as FilePath
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Path, Query
from fastapi.responses import FileResponse, Response, StreamingResponse

from api.http.problems import MEDIA_TYPE
from api.schemas.common import ProblemOut
from archive.model import Rendition
from archive.office_calendar import OFFICE

Id = Annotated[str, Path(min_length=1, max_length=80, description="Identifier")]
Cursor = Annotated[
    str | None, Query(max_length=500, description="`next_cursor` of the page before.")
]
Limit = Annotated[int, Query(ge=1, le=500)]

_WORDS = {
    400: "The request cannot be read.",
    401: "Not signed in, or the token is no longer good.",
    403: "Signed in, but not allowed; or a cookie without the session's X-CSRF-Token.",
    404: "There is none, or you may not see it. Deliberately the same.",
    405: "No such method here.",
    409: "It has moved on since you looked.",
    413: "Larger than the settings allow.",
    415: "Not a media type that is taken here.",
    422: "Values are missing or do not fit.",
    421: "Meant for another host.",
    429: "Too many wrong tries, or too much open at once.",
    503: "A part of the service is away; try again.",
}
# A download is never shown by the browser: nothing in it may run in our name.
DOWNLOAD = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The documented problems of a route; 400, 401, 403, 413, 422 and 503 may always come."""
    return {
        status: {
            "description": _WORDS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
        }
        for status in sorted({400, 401, 403, 413, 422, 503, *statuses})
    }


class KeptFile(FileResponse):
    """A file of the object store. Of what the disk says only the size is told: departments share
    objects, so the time of one may be that of another department's document."""

    def set_stat_headers(self, stat_result: os.stat_result) -> None:
        self.headers.setdefault("content-length", str(stat_result.st_size))

    def _should_use_range(self, http_if_range: str) -> bool:
        return http_if_range in (self.headers["etag"], self.headers.get("last-modified"))


def download(path: FilePath, document_id: str, kept: Rendition, media_type: str) -> FileResponse:
    """A file to be kept, under its own name (RFC 6266, RFC 5987). What identifies and dates it
    (RFC 9110, 8.8) is the document's own, never the shared object's."""
    headers = {
        **DOWNLOAD,
        "Content-Disposition": disposition(kept.file_name),
        "ETag": _tag(document_id, kept),
    }
    if kept.created_at is not None:
        headers["Last-Modified"] = format_datetime(kept.created_at.astimezone(UTC), usegmt=True)
    return KeptFile(path, media_type=media_type, headers=headers)


def _tag(document_id: str, kept: Rendition) -> str:
    """A strong validator: one version of one role of one document is always the same bytes."""
    named = "\n".join((document_id, kept.role.value, str(kept.version), kept.sha256))
    return f'"{hashlib.sha256(named.encode()).hexdigest()[:32]}"'


def attached(data: bytes, file_name: str, media_type: str) -> Response:
    """The same for what was made just now."""
    headers = {**DOWNLOAD, "Content-Disposition": disposition(file_name)}
    return Response(data, media_type=media_type, headers=headers)


def streamed(
    chunks: Iterator[bytes], size: int, file_name: str, media_type: str
) -> StreamingResponse:
    """The same of ``size`` bytes that lie in no file with a name."""
    headers = {
        **DOWNLOAD,
        "Content-Disposition": disposition(file_name),
        "Content-Length": str(size),
    }
    return StreamingResponse(chunks, media_type=media_type, headers=headers)


def disposition(file_name: str) -> str:
    """``attachment`` with the name in ASCII for old readers and in UTF-8 for all others."""
    name = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(sign if sign.isprintable() and sign not in '"/' else "_" for sign in name)
    name = name.strip(". ")[-150:] or "datei"
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    utf8 = quote(name.encode("utf-8", "replace"), safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{utf8}"


def aware(value: datetime | None) -> datetime | None:
    """A time without zone is taken as the office's."""
    if value is None or value.tzinfo is not None:
        return value
    return value.replace(tzinfo=OFFICE)


__all__ = [
    "Cursor",
    "Id",
    "Limit",
    "ProblemOut",
    "attached",
    "aware",
    "disposition",
    "download",
    "problems",
    "streamed",
]
