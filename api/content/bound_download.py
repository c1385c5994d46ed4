"""A whole file as one PDF/A, handed out: bound in a child, written to a folder of its own that is
gone before the answer begins; the answer is read from the file that has no name any more.

Only a few are bound at a time, so that long files do not take the threads that others need.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from fastapi import Request
from fastapi.responses import StreamingResponse

from api.http.auth import Caller
from api.http.responses import streamed
from api.service import Service
from archive.views import listing
from config.errors import Unavailable
from ingest.acts.acting import Acting
from ingest.acts.efile.export_file import ExportFile

AT_ONCE = 2
CHUNK = 1 << 18  #: bytes


def hand_out(request: Request, service: Service, caller: Caller, file_id: str) -> StreamingResponse:
    """Bind the file for the caller; noted in the trail.

    Raises:
        NotFound: there is no such file for the caller.
        Forbidden: it is open to them by break-glass alone.
        ChildDeath: it was too much for a child.
        Unavailable: others are being bound; the same call will do later.
    """
    with service.database.read() as session:
        file = listing.file_for(session, caller.reader, file_id)
    turns = request.app.state.bindings
    if not turns.acquire(blocking=False):
        raise Unavailable("Gerade werden andere Akten ausgegeben.")
    try:
        bound, size = _bound(service, caller.acting, file_id)
    finally:
        turns.release()
    name = f"{file.file_mark.replace('/', '-')}.pdf"
    return streamed(_chunks(bound), size, name, "application/pdf")


def _bound(service: Service, by: Acting, file_id: str) -> tuple[BinaryIO, int]:
    """The bound file, open for reading, and its size in bytes."""
    service.uploads.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Named as an upload is, so that what a killed process leaves is swept with those.
    with tempfile.TemporaryDirectory(
        prefix="upload-akte-", dir=service.uploads, ignore_cleanup_errors=True
    ) as folder:
        path = Path(folder) / "akte.pdf"
        ExportFile(file_id=file_id, out=path).perform(service.engines, by)
        return path.open("rb"), path.stat().st_size


def _chunks(bound: BinaryIO) -> Iterator[bytes]:
    with bound:
        while chunk := bound.read(CHUNK):
            yield chunk
