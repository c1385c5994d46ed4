"""Files to compare, and comparing them, for the tests of the comparison."""

from __future__ import annotations

from pathlib import Path

import pikepdf
from pikepdf import Dictionary, Name

from config.isolation import Workshop
from ocr.compare.comparison import Comparer, findings
from ocr.compare.orders import Comparison, Made, Pair
from ocr.findings import Severity
from ocr.pdfa.pdfa import PdfaWriter, Preserved
from ocr.recognition.result import PageText
from ocr.scan_profile import ScanProfile
from tests.unit.ocr.conftest import recognition

A4 = (595.28, 841.89)


def text_pdf(path: Path, *contents: bytes, **page: object) -> Path:
    """A page for each content stream, A4, with Helvetica as /F1."""
    with pikepdf.new() as pdf:
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        for content in contents:
            added = pdf.add_blank_page(page_size=A4)
            added.obj.Resources = Dictionary(Font=Dictionary(F1=font))
            added.obj.Contents = pdf.make_stream(content)
            for key, value in page.items():
                added.obj["/" + key] = value
        pdf.save(path)
    return path


def lines(*texts: str) -> bytes:
    shown = b"".join(f"({text}) Tj 0 -24 Td ".encode("latin-1") for text in texts)
    return b"BT /F1 12 Tf 70 760 Td " + shown + b"ET\n"


LETTER = lines("Landratsamt Musterkreis", "Betreff: Vergleich", "Ihr Antrag wird geprueft.")


def pairs(count: int = 1, made: Made = Made.KEPT, **more: float) -> tuple[Pair, ...]:
    return tuple(
        Pair(source=n, copy=n, made=made, turn=int(more.get("turn", 0)), skew=more.get("skew", 0.0))
        for n in range(1, count + 1)
    )


def compared(
    workshop: Workshop, source: Path, copy: Path, asked: tuple[Pair, ...], *, is_part: bool = False
) -> Comparison:
    return Comparer(workshop).compare(source, copy, asked, is_part=is_part, subject=source.name)


def codes(comparison: Comparison) -> list[tuple[str, Severity, int | None]]:
    return [(found.code, found.severity, found.page) for found in findings(comparison)]


def write(writer: PdfaWriter, source: Path, out: Path, *pages: PageText) -> Preserved:
    return writer.write(
        source,
        recognition(*pages),
        out,
        profile=ScanProfile(may_rotate=True, may_deskew=True),
        title=None,
        subject=source.name,
    )
