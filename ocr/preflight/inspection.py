"""What came in: kind, pages, and everything about the file that a person should know.

``inspect``, ``decrypt`` and ``split`` open hostile files: call them in a workshop's child
(``workshop.run(INSPECT(path, limits), ...)``). ``kind_of`` reads bytes only.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from config.errors import HoldReason, InputError
from ocr.accepted_kinds import (
    EXTENSIONS,
    IMAGES,
    MEDIA_TYPES,
    FileKind,
    accepted_names,
    foreign_name,
    kind_of,
)
from ocr.findings import Found, Severity
from ocr.page_sources import source
from ocr.preflight.image_files import inspect_image
from ocr.preflight.incoming import Limits, Preflight
from ocr.preflight.pdf_files import inspect_pdf
from ocr.preflight.splitting import decrypt, split

__all__ = [
    "decrypt",
    "inspect",
    "kind_of",
    "page_count",
    "split",
]


def inspect(path: Path, limits: Limits) -> Preflight:
    """Look at a file before anything else touches it.

    Raises:
        InputError: EMPTY, OVER_LIMIT, TYPE_NOT_ACCEPTED, UNREADABLE, NOT_DISPLAYABLE, ENCRYPTED,
            ACTIVE_CONTENT.
    """
    size = path.stat().st_size
    if not size:
        raise InputError(HoldReason.EMPTY, "Die Datei ist leer (0 Byte).")
    if size > limits.max_bytes:
        raise InputError(
            HoldReason.OVER_LIMIT,
            f"Die Datei ist mit {size >> 20} MiB größer als erlaubt ({limits.max_bytes >> 20} MiB).",
        )
    kind = kind_of(path)
    if kind is FileKind.PDF:
        found = inspect_pdf(path, limits)
    elif kind in IMAGES:
        found = inspect_image(path, kind, limits)
    elif kind in (FileKind.OTHER, FileKind.EMPTY):
        name = foreign_name(path)
        raise InputError(
            HoldReason.TYPE_NOT_ACCEPTED,
            f"Dateiart nicht angenommen{f': {name}' if name else ''}. Angenommen werden "
            f"{accepted_names()}.",
        )
    else:
        found = _without_pages(kind)
    return _with_extension(path, found)


def _without_pages(kind: FileKind) -> Preflight:
    return Preflight(
        kind=kind,
        media_type=MEDIA_TYPES[kind],
        pages=0,
        page_sizes=(),
        encrypted=False,
        findings=(),
        digital=True,
        attachments=(),
        einvoice=False,
        title=None,
    )


def _with_extension(path: Path, found: Preflight) -> Preflight:
    ending = path.suffix.lower().removeprefix(".")
    if not ending or ending in EXTENSIONS.get(found.kind, {ending}):
        return found
    mismatch = Found(
        code="file.extension",
        text=f"Die Dateiendung „.{ending[:20]}“ passt nicht zum Inhalt ({found.media_type}).",
        severity=Severity.INFO,
    )
    return replace(found, findings=(*found.findings, mismatch))


def page_count(path: Path) -> int:
    """How many pages viewers show; raises ``InputError``."""
    return source.page_count(path)
