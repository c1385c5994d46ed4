"""Pictures of pages for people: rendered in isolation, cached by the caller."""

from __future__ import annotations

import io
from pathlib import Path

from config.errors import HoldReason, InputError
from config.isolation import Workshop
from ocr.children import PAGE_PICTURE
from ocr.page_sources.source import open_source
from ocr.page_view import PageUnreadable

SECONDS = 60.0
WIDEST = 4000


def page_png(
    path: Path,
    page: int,
    width_px: int,
    subject: str,
    *,
    workshop: Workshop,
    turn: int = 0,
    priority: int = 0,
) -> bytes:
    """Page ``page`` (1-based) as PNG, this wide, turned clockwise by ``turn`` degrees.

    Raises:
        InputError: UNREADABLE, the page cannot be shown.
    """
    return workshop.run(
        PAGE_PICTURE(path, page, max(1, min(width_px, WIDEST)), turn),
        seconds=SECONDS,
        subject=subject,
        priority=priority,
    )


def render(path: Path, page: int, width_px: int, turn: int) -> bytes:
    """See ``page_png``; runs in a child."""
    from ocr.page_sources.source_pdf import CLOCKWISE

    source = open_source(path)
    if not 1 <= page <= source.count:
        raise InputError(HoldReason.UNREADABLE, f"Eine Seite {page} gibt es nicht.")
    try:
        view = source.page(page)
        asked = round(width_px * view.width / view.height) if turn % 180 else width_px
        image = view.picture(max(1, asked))
    except PageUnreadable as error:
        raise InputError(
            HoldReason.UNREADABLE, f"Seite {page} lässt sich nicht anzeigen."
        ) from error
    if turn % 360:
        image = image.transpose(CLOCKWISE[turn % 360])
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=3)
    return out.getvalue()
