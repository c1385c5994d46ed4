"""Text set in a box, as a form XObject with its font embedded: for fields and comments that bring none."""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pikepdf

from ocr.geometry import PdfBox

if TYPE_CHECKING:  # half of what starting the service would import, and few files need it
    from fpdf import FPDF
    from fpdf.fonts import TTFFont

FONT = "Noto"
LARGEST, SMALLEST = 12.0, 4.0  #: points; between them text is fitted where no size is said
LEADING = 1.2
INSET = 2.0

Matrix = tuple[int, int, int, int, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """``width``, ``height`` of the box as it lies on the page; ``size`` 0: fitted to it.

    ``align``: L, C or R; colours 0..1; ``turn``: degrees against the clock, a quarter or more.
    """

    text: str
    width: float
    height: float
    size: float
    colour: tuple[float, float, float]
    align: str = "L"
    lines: bool = True  #: may be broken into several
    turn: int = 0

    @property
    def along(self) -> tuple[float, float]:
        """Width and height as the text runs."""
        return (self.height, self.width) if self.turn % 180 else (self.width, self.height)

    def place(self, box: PdfBox) -> Matrix:
        """How the form, whose lower left corner is the origin, is put into its box."""
        left, bottom, right, top = box
        return {
            90: (0, 1, -1, 0, right, bottom),
            180: (-1, 0, 0, -1, right, top),
            270: (0, -1, 1, 0, left, top),
        }.get(self.turn, (1, 0, 0, 1, left, bottom))


@dataclass(frozen=True, slots=True)
class Lettered:
    """``form``: lower left corner at the origin; ``unknown``: characters without a glyph."""

    form: Any
    unknown: str
    whole: bool  #: False: a part does not fit the box


def letter(pdf: pikepdf.Pdf, wanted: list[Lettering]) -> list[Lettered]:
    """One form XObject each."""
    if not wanted:
        return []
    from fpdf import FPDF
    from fpdf.fonts import TTFFont

    paper = FPDF(unit="pt")
    paper.set_margin(0)
    paper.c_margin = 0
    paper.set_auto_page_break(False)
    paper.add_font(FONT, fname=str(files("ocrmypdf") / "data" / "NotoSans-Regular.ttf"))
    font = paper.fonts[FONT.lower()]
    assert isinstance(font, TTFFont)
    try:
        unknown = [_unknown(one.text, font) for one in wanted]
        whole = [_set(paper, one) for one in wanted]
        data = bytes(paper.output())
    finally:
        font.close()
    with pikepdf.open(io.BytesIO(data)) as made:
        forms = [pdf.copy_foreign(page.as_form_xobject()) for page in made.pages]
    return [Lettered(*parts) for parts in zip(forms, unknown, whole, strict=True)]


def _unknown(text: str, font: TTFFont) -> str:
    return "".join(
        sorted({char for char in text if char.isprintable() and ord(char) not in font.cmap})
    )


def _set(paper: FPDF, one: Lettering) -> bool:
    """Write a page with the text; whether all of it lies on the page."""
    width, height = one.along
    paper.add_page(format=(max(1.0, width), max(1.0, height)))
    paper.set_text_color(*(round(255 * value) for value in one.colour))
    inset = min(INSET, width / 10, height / 10)
    wide = max(1.0, width - 2 * inset)
    text = one.text.replace("\r\n", "\n").replace("\r", "\n")
    text = text if one.lines else " ".join(text.split("\n"))
    size, whole = _fitting(paper, text, one, wide, height - 2 * inset)
    paper.set_font(FONT, size=size)
    paper.set_xy(inset, inset if one.lines else (height - LEADING * size) / 2)
    paper.multi_cell(wide, LEADING * size, text, align=one.align)
    return whole


def _fitting(
    paper: FPDF, text: str, one: Lettering, wide: float, high: float
) -> tuple[float, bool]:
    """The size said, or the largest; smaller where the text would not fit; whether it does then."""
    size = one.size or max(SMALLEST, min(LARGEST, high / LEADING))
    while True:
        paper.set_font(FONT, size=size)
        needed = paper.multi_cell(
            wide, LEADING * size, text, dry_run=True, output="HEIGHT", align=one.align
        )
        assert isinstance(needed, float | int)
        fits = needed <= max(high, LEADING * size if not one.lines else 0) + 0.5
        if fits or size <= SMALLEST:
            return size, fits
        size = max(SMALLEST, 0.9 * size)
