"""The three ways to a PDF/A, each run in an isolated child; none of them recognises anything.

``overlay``     a PDF keeps its pages and gets invisible text over its pictures
``enclose``     an image file becomes a PDF, its picture as stored
``rebuild``     every page as a picture of itself with its text: where the others cannot comply
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name

from ocr.accepted_kinds import FileKind, kind_of
from ocr.geometry import PdfBox
from ocr.page_sources.source import open_source
from ocr.page_sources.source_image import DAMAGED, load_frame
from ocr.page_view import PageUnreadable, Source
from ocr.pdf.old_text_layer import drop_invisible_text, unbalanced
from ocr.pdf.opening import open_pdf
from ocr.pdf.page_box import rotation, visible_box
from ocr.pdf.page_tree import unit_of
from ocr.pdf.standard_fonts import embed_standard_fonts
from ocr.pdfa import image_objects
from ocr.pdfa.invisible_font import add_font
from ocr.pdfa.invoice_xmp import InvoiceMark, invoice_mark
from ocr.pdfa.page_limits import fit_to_limits, in_unit, scaled, unit_for
from ocr.pdfa.repair import (
    NOT_THE_ORIGINAL,
    carry_attachments,
    declare,
    save,
    strip_active,
    was_signed,
)
from ocr.pdfa.text_layer import layer
from ocr.recognition.result import PageText, Recognition

REBUILD_DPI = (200.0, 400.0)  #: least and most; between them as fine as the pictures
MOST_PIXELS = 40_000_000  #: of a page's picture, whatever its size
COARSE_DPI = 150.0  #: below it a picture of a page is said to be coarse
FONT = "RegVoid"
FAILED = "failed"  #: first step of an answer that says why there is no file


class CannotOverlay(Exception):
    """Pages of the file and of the recognition do not fit each other; never leaves the child."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to write: pages ``first..last`` (1-based) of ``source`` into ``out``."""

    source: Path
    out: Path
    recognition: Recognition
    flavour: str
    title: str | None
    pages: tuple[int, int] | None
    keep_attachments: bool
    whole_text: frozenset[int] = frozenset()  #: pages (of ``out``) that keep an old text layer
    pictured: frozenset[int] = (
        frozenset()
    )  #: pages of an overlay that become pictures of themselves


def overlay(task: Task) -> tuple[str, ...]:
    """A PDF with its own pages; returns what was done, for the note."""
    try:
        return _overlay(task)
    except (CannotOverlay, pikepdf.PdfError, pikepdf.PasswordError, *DAMAGED) as error:
        return (FAILED, f"{type(error).__name__}: {error}")


def _overlay(task: Task) -> tuple[str, ...]:
    with open_pdf(task.source) as pdf:
        first, last = task.pages or (1, len(pdf.pages))
        if task.pages is not None:
            _keep_pages(pdf, first, last)
        if len(pdf.pages) != len(task.recognition.pages):
            raise CannotOverlay(
                f"{len(pdf.pages)} pages, {len(task.recognition.pages)} of them were recognised"
            )
        signed = was_signed(pdf)
        steps = strip_active(pdf, keep_attachments=task.keep_attachments)
        steps += embed_standard_fonts(pdf)
        font = add_font(pdf)
        written = 0
        pages = zip(pdf.pages, task.recognition.pages, strict=True)
        for number, (page, text) in enumerate(pages, 1):
            if number not in task.pictured:
                keeps = number in task.whole_text
                written += _lay_text(pdf, page, text, font, keeps_text=keeps)
        if written:
            steps.append(f"unsichtbare Textebene auf {written} Seiten")
        steps += _with_pictures(pdf, task, first, font)
        steps += _shown_otherwise(task.recognition)
        description = NOT_THE_ORIGINAL if signed else None
        declare(pdf, task.flavour, title=task.title, description=description)
        save(pdf, task.out, task.flavour)
    return tuple(steps)


def _shown_otherwise(recognition: Recognition) -> list[str]:
    """What the profile allowed to change of the visible pages, for the note; usually nothing."""
    turned = [f"{page.number} ({page.turn}°)" for page in recognition.pages if page.turned]
    level = [f"{page.number} ({page.skew:.2f}°)" for page in recognition.pages if page.straightened]
    steps = []
    if turned:
        steps.append(f"aufrecht gestellt durch Seitenattribut: Seite {', '.join(turned)}")
    if level:
        steps.append(f"gerade gerückt durch Anzeigematrix: Seite {', '.join(level)}")
    return steps


def _keep_pages(pdf: pikepdf.Pdf, first: int, last: int) -> None:
    del pdf.pages[last:]
    del pdf.pages[: first - 1]
    for key in ("/Outlines", "/PageLabels"):
        if key in pdf.Root:
            del pdf.Root[key]


def _with_pictures(pdf: pikepdf.Pdf, task: Task, first: int, font: pikepdf.Object) -> list[str]:
    """Pages that would look otherwise become pictures of themselves, in their places."""
    if not task.pictured:
        return []
    source = open_source(task.source)
    for number in sorted(task.pictured):
        text = task.recognition.pages[number - 1]
        _picture_page(pdf, source, first - 1 + text.number, text, font)
        pdf.pages[number - 1].obj.emplace(pdf.pages[-1].obj, retain=(Name.Parent,))
        del pdf.pages[-1]
    return [f"als Bild ihrer selbst: Seite {', '.join(map(str, sorted(task.pictured)))}"]


def _lay_text(
    pdf: pikepdf.Pdf,
    page: pikepdf.Page,
    text: PageText,
    font: pikepdf.Object,
    *,
    keeps_text: bool = False,
) -> bool:
    """Put the recognised text over a page; False where there is none to write."""
    unit = unit_of(page.obj)
    box, rotate = scaled(visible_box(page), unit), rotation(page)
    width, height = box[2] - box[0], box[3] - box[1]
    if rotate % 180:
        width, height = height, width
    if text.turned and text.turn % 180:
        width, height = height, width
    if text.source != "none" and (abs(width - text.width) > 1 or abs(height - text.height) > 1):
        raise CannotOverlay(f"page {text.number} is {width:.0f} x {height:.0f} pt")
    total = (rotate + (text.turn if text.turned else 0)) % 360
    content = in_unit(layer(text, box, total, FONT, with_own=False), unit)
    if text.source == "ocr" and not keeps_text:
        drop_invisible_text(pdf, page)
    before, after = b"q\n", b"\nQ\n"
    if text.straightened:
        before += _straightening(text.skew, visible_box(page))
    if content or text.straightened:
        missing, surplus = unbalanced(page)
        before, after = b"q\n" * surplus + before, b"\nQ" * missing + after
    if content or text.straightened:
        page.contents_add(before, prepend=True)
        page.contents_add(after + content, prepend=False)
    if content:
        page.add_resource(font, Name.Font, Name("/" + FONT), replace_existing=True)
    if text.turned:
        page.obj.Rotate = total
    fit_to_limits(pdf, page)
    return bool(content)


def _straightening(skew: float, box: PdfBox) -> bytes:
    """One matrix that turns the page clockwise about its middle; the stored picture stays."""
    angle = math.radians(-skew)
    c, s = math.cos(angle), math.sin(angle)
    cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    values = (c, s, -s, c, cx - c * cx + s * cy, cy - s * cx - c * cy)
    return (" ".join(f"{value:.6f}" for value in values) + " cm\n").encode("ascii")


# ------------------------------------------------------------------ image files

KEPT = "Bilddaten unverändert übernommen"
REPACKED = "Bilddaten verlustfrei verpackt"
CONVERTED = "Bilddaten für die Anzeige umgerechnet (siehe Hinweise zu den Seiten)"


def enclose(task: Task) -> tuple[str, ...]:
    """An image file as a PDF, a page a frame."""
    first, _ = task.pages or (1, 0)
    how: set[str] = set()
    with pikepdf.new() as pdf:
        font = add_font(pdf)
        for text in task.recognition.pages:
            how.add(_enclose_frame(pdf, task.source, first - 1 + text.number, text, font))
        declare(pdf, task.flavour, title=task.title, description=None)
        save(pdf, task.out, task.flavour)
    worst = next(step for step in (CONVERTED, REPACKED, KEPT) if step in how)
    return (worst, "unsichtbare Textebene", *_shown_otherwise(task.recognition))


def _enclose_frame(
    pdf: pikepdf.Pdf, path: Path, frame: int, text: PageText, font: pikepdf.Object
) -> str:
    """What was done with the picture, for the note."""
    try:
        read = load_frame(path, frame, luma=True)
    except PageUnreadable:
        add_page(pdf, text, None, font, b"")
        return REPACKED
    packed = image_objects.pack_file(path, frame, read)
    matrix = " ".join(map(str, ORIENTATIONS[packed.orientation])) + " cm "
    add_page(pdf, text, image_objects.put(pdf, packed), font, matrix.encode("ascii"))
    if packed.kept:
        return KEPT
    return REPACKED if read.is_as_stored and read.whole else CONVERTED


#: EXIF orientation -> matrix of the unit square (ISO 32000-1, 8.9.5.2: the picture's own space).
ORIENTATIONS = {
    1: (1, 0, 0, 1, 0, 0),
    2: (-1, 0, 0, 1, 1, 0),
    3: (-1, 0, 0, -1, 1, 1),
    4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1),
    6: (0, -1, 1, 0, 0, 1),
    7: (0, 1, 1, 0, 0, 0),
    8: (0, 1, -1, 0, 1, 0),
}


def add_page(
    pdf: pikepdf.Pdf,
    text: PageText,
    image: pikepdf.Object | None,
    font: pikepdf.Object,
    orientation: bytes,
    *,
    with_own: bool = True,
) -> None:
    """A page of one picture with its text; without a picture an empty sheet."""
    width, height = text.width, text.height
    turn = text.turn if text.turned else 0
    if turn % 180:
        width, height = height, width
    unit = unit_for(width, height)
    box = (0.0, 0.0, round(width, 3), round(height, 3))
    sheet = scaled(box, 1 / unit)
    resources = Dictionary(Font=Dictionary({"/" + FONT: font}))
    content = b""
    if image is not None:
        resources.XObject = Dictionary(Im0=image)
        straight = _straightening(text.skew, box) if text.straightened else b""
        place = f"{box[2]:g} 0 0 {box[3]:g} 0 0 cm ".encode("ascii")
        content = b"q " + straight + place + orientation + b"/Im0 Do Q\n"
    content += layer(text, box, turn, FONT, with_own=with_own)
    content = in_unit(content, unit)
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, sheet[2], sheet[3]]),
        Resources=resources,
        Contents=pdf.make_stream(content),
    )
    if turn:
        page.Rotate = turn
    if unit != 1:
        page.UserUnit = round(unit, 4)
    pdf.pages.append(pikepdf.Page(page))


# ------------------------------------------------------------------ pictures of pages


def rebuild(task: Task) -> tuple[str, ...]:
    """Every page as a picture of itself, with its text, its own included."""
    source = open_source(task.source)
    first, _ = task.pages or (1, 0)
    with pikepdf.new() as pdf:
        font = add_font(pdf)
        shown = [
            _picture_page(pdf, source, first - 1 + text.number, text, font)
            for text in task.recognition.pages
        ]
        if not any(shown):
            return (FAILED, "no page can be shown")
        steps, description, mark = _from_the_old(task, pdf)
        declare(pdf, task.flavour, title=task.title, description=description, mark=mark)
        save(pdf, task.out, task.flavour)
    how = "Seiten als Bilder ihrer selbst mit Textebene neu aufgebaut"
    return (how, *_coarse(shown), *steps, *_shown_otherwise(task.recognition))


def _coarse(resolutions: list[float]) -> list[str]:
    """Pages too large to be pictured as finely as others, for the note."""
    found = [
        f"{number} ({dpi:.0f} dpi)"
        for number, dpi in enumerate(resolutions, 1)
        if 0 < dpi < COARSE_DPI
    ]
    return [f"wegen ihrer Größe gröber abgebildet: Seite {', '.join(found[:20])}"] if found else []


def _from_the_old(task: Task, pdf: pikepdf.Pdf) -> tuple[list[str], str | None, InvoiceMark | None]:
    """Attachments go along; of a file that cannot be opened nothing does."""
    if kind_of(task.source) is not FileKind.PDF:
        return [], None, None
    try:
        with open_pdf(task.source) as old:
            description = NOT_THE_ORIGINAL if was_signed(old) else None
            steps = carry_attachments(old, pdf, keep=task.keep_attachments)
            return steps, description, invoice_mark(old) if task.keep_attachments else None
    except (pikepdf.PdfError, pikepdf.PasswordError, *DAMAGED):
        return ["Anlagen nicht übernommen (nicht lesbar)"], None, None


def _picture_page(
    pdf: pikepdf.Pdf, source: Source, number: int, text: PageText, font: pikepdf.Object
) -> float:
    """The page's resolution; 0 where it cannot be shown and stays empty."""
    try:
        view = source.page(number)
        dpi = min(REBUILD_DPI[1], max(REBUILD_DPI[0], view.finest_dpi()))
        dpi = min(dpi, 72 * math.sqrt(MOST_PIXELS / (view.width * view.height)))
        shot = view.picture(max(1, round(view.width * dpi / 72)))
    except PageUnreadable:
        add_page(pdf, text, None, font, b"")
        return 0.0
    add_page(pdf, text, image_objects.put(pdf, image_objects.pack_shot(shot)), font, b"")
    return dpi
