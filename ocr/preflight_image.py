"""Preflight of image files."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from config.errors import HoldReason, InputError
from ocr.findings import Found, Severity, few, truncated
from ocr.geometry import sheet_size
from ocr.incoming import Limits, Preflight
from ocr.kinds import MEDIA_TYPES, FileKind
from ocr.source_image import (
    DAMAGED,
    frame_count,
    load_frame,
    open_image,
    orientation_of,
    quiet,
    stated_dpi,
)
from ocr.views import PageUnreadable

BYTES_A_PIXEL = {"1": 1, "L": 1, "P": 1, "LA": 4, "I;16": 2, "I;16B": 2, "I": 4, "F": 4}


def inspect_image(path: Path, kind: FileKind, limits: Limits) -> Preflight:
    """See ``ocr.preflight.inspect``."""
    findings: list[Found] = []
    with open_image(path) as image:
        count = frame_count(image)
        if count > limits.max_pages:
            raise over_pages(count, limits)
        sizes = [_frame(path, n, image, limits, findings) for n in range(1, count + 1)]
    if not any(width for width, _ in sizes):
        raise InputError(
            HoldReason.UNREADABLE,
            "Das Bild ist beschädigt: Es lässt sich nichts davon anzeigen. Bitte neu scannen.",
        )
    return Preflight(
        kind=kind,
        media_type=MEDIA_TYPES[kind],
        pages=count,
        page_sizes=tuple(sizes),
        encrypted=False,
        findings=tuple(few(findings)),
        digital=False,
        attachments=(),
        einvoice=False,
        title=None,
    )


def _frame(
    path: Path, number: int, image: Image.Image, limits: Limits, findings: list[Found]
) -> tuple[float, float]:
    """Size in points of one frame, (0, 0) when it cannot be shown; adds what is noticed."""
    try:
        with quiet():
            image.seek(number - 1)
        check_pixels(image.width, image.height, BYTES_A_PIXEL.get(image.mode, 4), limits)
        loaded, whole = load_frame(path, number)
    except (PageUnreadable, *DAMAGED):
        findings.append(unreadable_page(number))
        return 0.0, 0.0
    if not whole:
        findings.append(truncated(number))
    stated = stated_dpi(loaded)
    findings += scan_findings(number, loaded.mode == "1", min(stated) if stated else None, limits)
    width, height = loaded.size
    if orientation_of(loaded) >= 5:
        width, height = height, width
        stated = (stated[1], stated[0]) if stated else None
    return sheet_size(width, height, stated)


def check_pixels(width: int, height: int, bytes_a_pixel: int, limits: Limits) -> None:
    """Raises ``InputError`` OVER_LIMIT."""
    pixels = width * height
    if pixels > limits.max_pixels_per_page or pixels * bytes_a_pixel > limits.max_decoded_bytes:
        raise InputError(
            HoldReason.OVER_LIMIT,
            f"Eine Seite ist mit {width} x {height} Bildpunkten größer als erlaubt "
            f"({limits.max_pixels_per_page // 1_000_000} Millionen).",
        )


def over_pages(count: int, limits: Limits) -> InputError:
    return InputError(
        HoldReason.OVER_LIMIT,
        f"Die Datei hat {count} Seiten, erlaubt sind {limits.max_pages}. Bitte aufteilen.",
    )


def scan_findings(number: int, bilevel: bool, dpi: float | None, limits: Limits) -> list[Found]:
    """What the scan's form says against destroying the paper."""
    out: list[Found] = []
    if bilevel:
        out.append(
            Found(
                code="scan.monochrome",
                text=f"Seite {number} ist schwarz-weiß gescannt (1 Bit): "
                "Stempel, Farben und schwache Schrift können fehlen.",
                severity=Severity.BLOCKS_DESTRUCTION,
                page=number,
            )
        )
    if dpi is not None and dpi < limits.min_dpi - 1:
        out.append(
            Found(
                code="scan.low_dpi",
                text=f"Seite {number} ist mit {dpi:.0f} dpi gescannt, "
                f"verlangt sind {limits.min_dpi:.0f} dpi.",
                severity=Severity.BLOCKS_DESTRUCTION,
                page=number,
                detail={"dpi": round(dpi)},
            )
        )
    return out


def unreadable_page(number: int) -> Found:
    return Found(
        code="page.unreadable",
        text=f"Seite {number} lässt sich nicht anzeigen; sie ist nur im Original enthalten.",
        severity=Severity.BLOCKS_DESTRUCTION,
        page=number,
    )
