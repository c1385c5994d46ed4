"""A PDF as a viewer shows it on screen, opened in pdfium: what every reader of pages here looks at.

Fields, stamps and comments are drawn into the pages, hidden layers are gone, and the page tree is
plain. A file that needs none of this is opened as it lies.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
from pikepdf import Array, Dictionary, Name, Stream

from config.errors import HoldReason, InputError
from ocr.image_files.pillow import DAMAGED
from ocr.pdf.annotations import Remark, draw, has_any
from ocr.pdf.layers import Layers, drop_hidden
from ocr.pdf.opening import encrypted_for_others, open_with_tree
from ocr.pdf.page_tree import PageTree

FAILURES = (pikepdf.PdfError, pdfium.PdfiumError, *DAMAGED, RuntimeError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """``counts``: pages by each way of counting; they are all equal in a sound file."""

    document: pdfium.PdfDocument
    drawn: bool  #: annotations stand in the pages already
    transparent: bool  #: a picture may let through what lies below, or text may show by its font
    counts: Mapping[str, int]
    broken: int = 0  #: entries of the page tree that lead to no page
    units: Mapping[int, float] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()

    @property
    def count(self) -> int:
        return len(self.document)


def show(path: Path) -> Shown:
    """Open a file for looking at. Raises ``InputError`` ENCRYPTED or UNREADABLE."""
    try:
        raw: pdfium.PdfDocument | None = pdfium.PdfDocument(path)
        refused: Exception | None = None
    except pdfium.PdfiumError as error:
        raw, refused = None, error
    try:
        pdf, tree = open_with_tree(path)
    except pikepdf.PasswordError as error:
        if raw is None or not len(raw):
            raise InputError(
                HoldReason.ENCRYPTED,
                "Die PDF-Datei ist verschlüsselt und lässt sich ohne Passwort nicht öffnen.",
            ) from error
        return _as_it_lies(raw)
    except FAILURES as error:
        if raw is None or not len(raw):
            raise _unreadable(refused, error) from error
        return _as_it_lies(raw)
    with pdf:
        try:
            return _shown(raw, pdf, tree)
        except FAILURES as error:
            if raw is None or not len(raw):
                raise _unreadable(error) from error
            return _as_it_lies(raw)


def save_drawn(path: Path, out: Path) -> None:
    """Write the file as a viewer shows it on screen, every annotation drawn into its page.

    Raises one of ``FAILURES`` where it cannot be opened or written.
    """
    pdf, _ = open_with_tree(path)
    with pdf:
        layers = Layers(pdf)
        draw(pdf, layers)
        drop_hidden(pdf, layers)
        pdf.save(out, encryption=False)


def _unreadable(*errors: Exception | None) -> InputError:
    for error in errors:
        said = encrypted_for_others(error) if error is not None else None
        if said is not None:
            return said
    return InputError(
        HoldReason.UNREADABLE,
        "Die PDF-Datei ist beschädigt: Kein Programm hier kann eine Seite davon zeigen.",
    )


def _as_it_lies(raw: pdfium.PdfDocument) -> Shown:
    """What only pdfium opens."""
    return Shown(document=raw, drawn=False, transparent=True, counts={"pdfium": len(raw)})


def _shown(raw: pdfium.PdfDocument | None, pdf: pikepdf.Pdf, tree: PageTree) -> Shown:
    counts = {"qpdf": tree.pages} | ({"pdfium": len(raw)} if raw is not None else {})
    if tree.stated is not None:
        counts["Count"] = tree.stated
    layers = Layers(pdf)
    transparent = _may_let_through(pdf)
    document, remarks, drawn = raw, tuple[Remark, ...](), not has_any(pdf)
    if raw is not None and _loadable(raw, tree.pages) > tree.pages:
        return Shown(
            document=raw,
            drawn=False,
            transparent=transparent,
            counts=counts,
            broken=tree.broken,
        )
    doubtful = tree.doubtful or raw is None or len(raw) != tree.pages
    if not drawn or layers.some or doubtful or not tree.sound:
        remarks = tuple(draw(pdf, layers))
        hidden = drop_hidden(pdf, layers)
        if remarks or hidden or doubtful or not (drawn and tree.sound):
            document, drawn = _saved(pdf), True
    assert document is not None
    return Shown(
        document=document,
        drawn=drawn,
        transparent=transparent,
        counts=counts,
        broken=tree.broken,
        units=tree.units,
        remarks=remarks,
    )


def _loadable(raw: pdfium.PdfDocument, expected: int) -> int:
    """How many pages pdfium can show, where it counts more than the tree has."""
    if len(raw) <= expected:
        return 0
    found = 0
    for number in range(min(len(raw), 2 * expected + 100)):
        try:
            raw[number].close()
        except pdfium.PdfiumError:
            continue
        found += 1
    return found


def _saved(pdf: pikepdf.Pdf) -> pdfium.PdfDocument:
    """Written to a file without a name, since it may be large; pdfium keeps it open."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        pdf.save(file.name, encryption=False)
        document = pdfium.PdfDocument(file.name)
        if not len(document):
            raise pdfium.PdfiumError("no pages")
        return document


def _may_let_through(pdf: pikepdf.Pdf) -> bool:
    """Whether a picture of the file has a mask, or text is drawn by a Type 3 font.

    Such a font shows its letters in every text render mode (9.3.6).
    """
    for item in pdf.objects:
        if isinstance(item, Stream):
            if item.get("/Subtype") == Name.Image and (
                any(key in item for key in ("/SMask", "/Mask", "/ImageMask", "/SMaskInData", "/OC"))
                or _is_jpeg2000(item)
            ):
                return True
        elif isinstance(item, Dictionary) and item.get("/Subtype") == Name.Type3:
            return True
    return False


def _is_jpeg2000(picture: Stream) -> bool:
    """It may bring a channel of its own for transparency."""
    names = picture.get("/Filter")
    return Name.JPXDecode in (list(names) if isinstance(names, Array) else [names])
