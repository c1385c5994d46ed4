"""A whole file as one PDF/A: cover, table of contents, then every document with numbered sheets.

Runs in an isolated child. The pages are those of the renditions, unchanged; each gets a strip of its
own below for the file's mark and the sheet's number, so nothing is covered. Seals do not survive
being bound: the sealed documents stay in the archive, and the cover says so.
"""

from __future__ import annotations

import resource
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import pikepdf
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont
from pikepdf import Array, Dictionary, Name, OutlineItem

from ocr.geometry import PdfBox
from ocr.pdf.page_box import visible_box
from ocr.pdfa.repair import declare, save

FLAVOUR = "3b"
FONT = "Noto"
STRIP = 18.0  #: points that every page grows by
STAMP = (300.0, 12.0)
MARGIN = 12.0
MOST_FACTS = 12

Numbers = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One document: ``path`` of its rendition; None: it lies in the archive as original alone."""

    number: str
    title: str
    facts: tuple[tuple[str, str], ...]  #: label and value, for the table of contents
    path: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What to bind into ``out``; ``claims``: declare it PDF/A."""

    mark: str
    title: str
    facts: tuple[tuple[str, str], ...]  #: for the cover
    parts: tuple[Part, ...]
    made_at: datetime
    out: Path
    claims: bool = True


def bind(work: Binding) -> int:
    """Write the file; returns its number of sheets."""
    _open_many_files()
    counts = [_pages(part.path) for part in work.parts]
    # The contents name sheets behind themselves: how many they take shows at the first writing.
    front = _front(work, counts, _count(_front(work, counts, 1)))
    sheets = _count(front) + sum(counts)
    with ExitStack() as opened:
        pdf = opened.enter_context(pikepdf.open(BytesIO(front)))
        starts = [_append(opened, pdf, part, work) for part in work.parts]
        stamps = opened.enter_context(pikepdf.open(BytesIO(_stamps(work, sheets))))
        for page, stamp in zip(pdf.pages, stamps.pages, strict=True):
            _stamp(pdf, page, stamp)
        with pdf.open_outline() as outline:
            outline.root.extend(
                OutlineItem(f"{part.number} {_shown(part.title)}", start)
                for part, start in zip(work.parts, starts, strict=True)
            )
        pdf.Root.Lang = pikepdf.String("de-DE")
        pdf.Root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        if work.claims:
            declare(pdf, FLAVOUR, title=work.title, description=None)
        save(pdf, work.out, FLAVOUR)
    return sheets


def _open_many_files() -> None:
    """Every document stays open until all is written; a file may have thousands."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


# ------------------------------------------------------------------ the sheets of our own
def _front(work: Binding, counts: list[int], front: int) -> bytes:
    """Cover and contents, where these take ``front`` sheets themselves."""
    pdf = _paper(work)
    pdf.add_page()
    _text(pdf, 22, work.mark)
    _text(pdf, 15, work.title)
    pdf.ln(6)
    for label, value in work.facts:
        _text(pdf, 10, f"{label}: {value}")
    pdf.ln(6)
    _text(
        pdf,
        10,
        "Auszug aus der elektronischen Akte. Maßgeblich sind die gesiegelten Dokumente und die "
        "unveränderten Originale in der Akte; ihre Siegel und Signaturen gehen beim Zusammenfügen "
        "verloren. Die Ergebnisse der Signaturprüfung stehen beim Dokument.",
    )
    pdf.ln(8)
    _text(pdf, 15, "Inhalt")
    sheet = front
    for part, count in zip(work.parts, counts, strict=True):
        _text(pdf, 11, f"{part.number}   {part.title}   (Blatt {sheet + 1}–{sheet + count})")
        for label, value in part.facts[:MOST_FACTS]:
            _text(pdf, 9, f"{label}: {value}", indent=12)
        pdf.ln(2)
        sheet += count
    return bytes(pdf.output())


def _lone(work: Binding, part: Part) -> bytes:
    """The sheet in place of a document that has no rendition."""
    pdf = _paper(work)
    pdf.add_page()
    _text(pdf, 15, f"{part.number}   {part.title}")
    pdf.ln(4)
    for label, value in part.facts[:MOST_FACTS]:
        _text(pdf, 10, f"{label}: {value}")
    pdf.ln(4)
    _text(pdf, 10, "Von diesem Dokument gibt es keine druckbare Fassung; es liegt in der Akte "
                   "allein als unverändertes Original.")  # fmt: skip
    return bytes(pdf.output())


def _stamps(work: Binding, sheets: int) -> bytes:
    """A small page for every sheet, with what goes below it."""
    pdf = _paper(work)
    pdf.set_auto_page_break(False)
    pdf.set_margins(0, 0, 0)
    for number in range(1, sheets + 1):
        pdf.add_page(format=STAMP)
        pdf.set_font(FONT, size=8)
        pdf.set_xy(0, 0)
        text = _legible(pdf, f"{work.mark[:60]}  ·  Blatt {number} von {sheets}")
        pdf.cell(w=STAMP[0], h=STAMP[1], text=text, align="R")
    return bytes(pdf.output())


def _paper(work: Binding) -> FPDF:
    pdf = FPDF(unit="pt", format="A4")
    pdf.set_creation_date(work.made_at)
    pdf.set_margins(56, 56, 56)
    pdf.set_auto_page_break(True, margin=56)
    with (files("ocrmypdf") / "data" / "NotoSans-Regular.ttf").open("rb") as file:
        pdf.add_font(FONT, fname=Path(file.name))
    return pdf


def _text(pdf: FPDF, size: int, text: str, *, indent: float = 0) -> None:
    pdf.set_font(FONT, size=size)
    pdf.set_x(pdf.l_margin + indent)
    pdf.multi_cell(
        w=0, h=size * 1.4, text=_legible(pdf, _shown(text)), align="L",
        new_x=XPos.LMARGIN, new_y=YPos.NEXT,
    )  # fmt: skip


def _legible(pdf: FPDF, text: str) -> str:
    """What the font cannot show becomes a question mark: PDF/A wants every letter embedded."""
    font = pdf.fonts[FONT.lower()]
    assert isinstance(font, TTFFont)
    known = font.cmap
    return "".join(char if ord(char) in known else "?" for char in text)


def _shown(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:500]


# ------------------------------------------------------------------ the sheets of the documents
def _append(opened: ExitStack, pdf: pikepdf.Pdf, part: Part, work: Binding) -> int:
    """All pages of a part; returns where it begins (from 0)."""
    start = len(pdf.pages)
    made = part.path if part.path is not None else BytesIO(_lone(work, part))
    source = opened.enter_context(pikepdf.open(made))
    for page in source.pages:
        _loosen(page)
    _carry_layers(source, pdf)
    pdf.pages.extend(source.pages)
    return start


def _loosen(page: pikepdf.Page) -> None:
    """Take off what leads out of the page: fields of the form, links, its place in a structure."""
    for key in ("/AA", "/StructParents", "/B", "/Tabs", "/TrimBox", "/BleedBox", "/ArtBox"):
        if key in page.obj:
            del page.obj[key]
    annotations = page.obj.get("/Annots")
    if not isinstance(annotations, Array):
        return
    kept = [item for item in annotations if _shows_itself(item)]
    for item in kept:
        for key in ("/A", "/AA", "/Dest", "/Popup", "/Parent", "/IRT", "/StructParent", "/P"):
            if key in item:
                del item[key]
    page.obj.Annots = Array(kept)


def _shows_itself(item: pikepdf.Object) -> bool:
    return (
        isinstance(item, Dictionary)
        and str(item.get("/Subtype", "")) not in ("/Widget", "/Link", "/Popup")
        and "/AP" in item
    )


def _carry_layers(source: pikepdf.Pdf, target: pikepdf.Pdf) -> None:
    """Layers that are off stay off."""
    layers = source.Root.get("/OCProperties")
    if not isinstance(layers, Dictionary) or not isinstance(layers.get("/OCGs"), Array):
        return
    if "/OCProperties" not in target.Root:
        shown = Dictionary(Name=pikepdf.String("Ebenen"), OFF=Array(), Order=Array())
        target.Root.OCProperties = Dictionary(OCGs=Array(), D=shown)
    kept = target.Root.OCProperties
    default = layers.get("/D")
    off = default.get("/OFF") if isinstance(default, Dictionary) else None
    hidden = {item.objgen for item in off} if isinstance(off, Array) else set()
    for group in layers.OCGs:
        copied = target.copy_foreign(group)
        kept.OCGs.append(copied)
        kept.D.Order.append(copied)
        if group.objgen in hidden:
            kept.D.OFF.append(copied)


def _stamp(pdf: pikepdf.Pdf, page: pikepdf.Page, stamp: pikepdf.Page) -> None:
    """Make the page longer at the end that is shown below, and write the stamp there."""
    x0, y0, x1, y1 = visible_box(page)
    turn = _rotation(page)
    grown, strip, matrix = _below((x0, y0, x1, y1), turn)
    page.obj.MediaBox = Array(grown)
    page.obj.CropBox = Array(grown)
    page.obj.Rotate = turn
    name = page.add_resource(pdf.copy_foreign(stamp.as_form_xobject()), Name.XObject)
    numbers = " ".join(f"{value:.2f}" for value in strip)
    place = " ".join(f"{value:.4f}" for value in matrix)
    page.contents_add(b"q\n", prepend=True)
    # White first: what the page had outside its visible part must not show in the strip.
    drawn = f"\nQ\nq 1 g {numbers} re f Q\nq {place} cm {name} Do Q\n"
    page.contents_add(drawn.encode("ascii"), prepend=False)


def _below(box: PdfBox, turn: int) -> tuple[Numbers, Numbers, Numbers]:
    """The grown page, the strip (x y w h), and the stamp's matrix, for a page turned clockwise."""
    x0, y0, x1, y1 = box
    wide = (y1 - y0) if turn % 180 else (x1 - x0)
    scale = min(1.0, (wide - 2 * MARGIN) / STAMP[0]) if wide > 3 * MARGIN else 0.1
    length, low = STAMP[0] * scale + MARGIN, (STRIP - STAMP[1]) / 2
    if turn == 90:
        grown, strip = (x0, y0, x1 + STRIP, y1), (x1, y0, STRIP, y1 - y0)
        return grown, strip, (0, scale, -scale, 0, x1 + STRIP - low, y1 - length)
    if turn == 180:
        grown, strip = (x0, y0, x1, y1 + STRIP), (x0, y1, x1 - x0, STRIP)
        return grown, strip, (-scale, 0, 0, -scale, x0 + length, y1 + STRIP - low)
    if turn == 270:
        grown, strip = (x0 - STRIP, y0, x1, y1), (x0 - STRIP, y0, STRIP, y1 - y0)
        return grown, strip, (0, -scale, scale, 0, x0 - STRIP + low, y0 + length)
    grown, strip = (x0, y0 - STRIP, x1, y1), (x0, y0 - STRIP, x1 - x0, STRIP)
    return grown, strip, (scale, 0, 0, scale, x1 - length, y0 - STRIP + low)


def _rotation(page: pikepdf.Page) -> int:
    turn = int(page.obj.get("/Rotate", 0))
    return turn % 360 if turn % 90 == 0 else 0


def _pages(path: Path | None) -> int:
    if path is None:
        return 1
    with pikepdf.open(path) as pdf:
        return len(pdf.pages)


def _count(pdf: bytes) -> int:
    with pikepdf.open(BytesIO(pdf)) as opened:
        return len(opened.pages)
