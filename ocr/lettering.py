"""Text set in a box, as a form XObject with its font embedded: for fields and comments that bring none."""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pikepdf
from fpdf import FPDF
from fpdf.fonts import TTFFont

FONT = "Noto"
LARGEST, SMALLEST = 12.0, 4.0  #: points; between them text is fitted where no size is said
LEADING = 1.2
INSET = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """``size`` 0: fitted to the box; ``align``: L, C or R; colours 0..1."""

    text: str
    width: float
    height: float
    size: float
    colour: tuple[float, float, float]
    align: str = "L"
    lines: bool = True  #: may be broken into several


@dataclass(frozen=True, slots=True)
class Lettered:
    """``form``: lower left corner at the origin; ``unknown``: characters without a glyph."""

    form: Any
    unknown: str


def letter(pdf: pikepdf.Pdf, wanted: list[Lettering]) -> list[Lettered]:
    """One form XObject each."""
    if not wanted:
        return []
    paper = FPDF(unit="pt")
    paper.set_margin(0)
    paper.c_margin = 0
    paper.set_auto_page_break(False)
    paper.add_font(FONT, fname=str(files("ocrmypdf") / "data" / "NotoSans-Regular.ttf"))
    font = paper.fonts[FONT.lower()]
    assert isinstance(font, TTFFont)
    try:
        unknown = [_unknown(one.text, font) for one in wanted]
        for one in wanted:
            _set(paper, one)
        data = bytes(paper.output())
    finally:
        font.close()
    with pikepdf.open(io.BytesIO(data)) as made:
        forms = [pdf.copy_foreign(page.as_form_xobject()) for page in made.pages]
    return [Lettered(form, said) for form, said in zip(forms, unknown, strict=True)]


def _unknown(text: str, font: TTFFont) -> str:
    return "".join(
        sorted({char for char in text if char.isprintable() and ord(char) not in font.cmap})
    )


def _set(paper: FPDF, one: Lettering) -> None:
    paper.add_page(format=(max(1.0, one.width), max(1.0, one.height)))
    paper.set_text_color(*(round(255 * value) for value in one.colour))
    inset = min(INSET, one.width / 10, one.height / 10)
    wide = max(1.0, one.width - 2 * inset)
    text = one.text.replace("\r\n", "\n").replace("\r", "\n")
    text = text if one.lines else " ".join(text.split("\n"))
    size = _fitting(paper, text, one, wide, one.height - 2 * inset)
    paper.set_font(FONT, size=size)
    paper.set_xy(inset, inset if one.lines else (one.height - LEADING * size) / 2)
    paper.multi_cell(wide, LEADING * size, text, align=one.align)


def _fitting(paper: FPDF, text: str, one: Lettering, wide: float, high: float) -> float:
    """The size said, or the largest; smaller where the text would not fit the box otherwise."""
    size = one.size or max(SMALLEST, min(LARGEST, high / LEADING))
    while size > SMALLEST:
        paper.set_font(FONT, size=size)
        needed = paper.multi_cell(
            wide, LEADING * size, text, dry_run=True, output="HEIGHT", align=one.align
        )
        assert isinstance(needed, float | int)
        if needed <= max(high, LEADING * size if not one.lines else 0) + 0.5:
            return size
        size *= 0.9
    return SMALLEST
