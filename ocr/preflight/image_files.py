"""Preflight of image files."""

from __future__ import annotations

from pathlib import Path

from config.errors import HoldReason, InputError
from ocr.accepted_kinds import MEDIA_TYPES, FileKind
from ocr.findings import Found, Severity, few, truncated
from ocr.image_files.albums import open_album
from ocr.image_files.frames import Album
from ocr.image_files.pillow import DAMAGED
from ocr.page_sources.source_image import page_size
from ocr.page_view import PageUnreadable
from ocr.preflight.incoming import Limits, Preflight


def inspect_image(path: Path, kind: FileKind, limits: Limits) -> Preflight:
    """See ``ocr.preflight.inspection.inspect``."""
    album = open_album(path)
    if album.count > limits.max_pages:
        raise over_pages(album.count, limits)
    findings = list(album.findings)
    sizes = [_frame(album, number, limits, findings) for number in range(1, album.count + 1)]
    if not any(width for width, _ in sizes):
        raise InputError(
            HoldReason.UNREADABLE,
            "Das Bild ist beschädigt: Es lässt sich nichts davon anzeigen. Bitte neu scannen.",
        )
    return Preflight(
        kind=kind,
        media_type=MEDIA_TYPES[kind],
        pages=album.count,
        page_sizes=tuple(sizes),
        encrypted=False,
        findings=tuple(few(findings)),
        digital=False,
        attachments=(),
        einvoice=False,
        title=None,
    )


def _frame(album: Album, number: int, limits: Limits, findings: list[Found]) -> tuple[float, float]:
    """Size in points of one frame, (0, 0) when it cannot be shown; adds what is noticed."""
    try:
        check_pixels(*album.size(number), limits)
        frame = album.frame(number, luma=False)
    except (PageUnreadable, *DAMAGED):
        findings.append(unreadable_page(number))
        return 0.0, 0.0
    if not frame.whole:
        findings.append(truncated(number))
    dpi = frame.resolution.dpi
    findings += scan_findings(number, frame.image.mode == "1", min(dpi) if dpi else None, limits)
    findings += frame.findings
    return page_size(frame)


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
