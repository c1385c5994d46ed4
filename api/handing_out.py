"""A whole file as one PDF/A, handed out: bound in a child, written to a folder of its own that is
gone when the answer has been sent.

Only a few are bound at a time, so that long files do not take the threads that others need.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from fastapi import Request
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from api.auth import Caller
from api.routes.common import download
from api.service import Service
from archive import listing
from config.errors import Unavailable
from ingest.filing_export import export_file

AT_ONCE = 2


def hand_out(request: Request, service: Service, caller: Caller, file_id: str) -> FileResponse:
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
    # Named as an upload is, so that what a killed process leaves is swept with those.
    service.uploads.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = Path(tempfile.mkdtemp(prefix="upload-akte-", dir=service.uploads))
    try:
        export_file(service.engines, caller.reader, file_id, folder / "akte.pdf")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        turns.release()
    answer = download(
        folder / "akte.pdf", f"{file.file_mark.replace('/', '-')}.pdf", "application/pdf"
    )
    answer.background = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    return answer
