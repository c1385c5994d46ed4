"""Page boxes, turns and units, and what pages inherit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pikepdf import Array, Dictionary, Name, Pdf, String

from tests.fresh_look import pdfs
from tests.fresh_look.model import Case, Expected, case

CASES: list[Case] = []
KIND = "inherited attributes, boxes"


def _under_node(pdf: Pdf, page: Dictionary, **inherited: Any) -> None:
    """Put the only page below a node of its own that hands down ``inherited``."""
    root = pdf.Root.Pages
    node = pdf.make_indirect(
        Dictionary(Type=Name.Pages, Parent=root, Kids=Array([page]), Count=1, **inherited)
    )
    page.Parent = node
    root.Kids = Array([node])


@case(CASES, KIND, ".pdf", Expected(words=("Ahorn", "Birke"), size=(495, 420)))
def inherited_crop_and_turn(path: Path) -> None:
    """CropBox and Rotate stand at a node above; the page has a filled field.

    Source: https://github.com/pdfcpu/pdfcpu/pull/1421. Expected: 495 x 420 pt, all lines, the field.
    """
    pdf = Pdf.new()
    page = pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Ahorn"))
    del page.MediaBox
    drawn = pdfs.form(pdf, pdfs.text(["Birke"], 4, 6), (0, 0, 150, 22))
    widget = pdfs.annotation(
        pdf, page, Subtype=Name.Widget, FT=Name.Tx, T=String("Feld"), V=String("Birke"),
        Rect=[50, 330, 200, 352], AP=Dictionary(N=drawn), DA=String("/F1 12 Tf 0 g"),
    )  # fmt: skip
    pdf.Root.AcroForm = Dictionary(Fields=Array([widget]))
    _under_node(pdf, page, MediaBox=Array([0, 0, 420, 595]), CropBox=Array([0, 100, 420, 595]),
                Rotate=90)  # fmt: skip
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Distel", "Efeu")))
def inherited_resources_with_stamp(path: Path) -> None:
    """The fonts stand at /Pages alone, and there is a stamp with fonts of its own.

    Source: https://github.com/Velli20/safe-pdf/pull/129. Expected: both the text and the stamp.
    """
    pdf = Pdf.new()
    page = pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Distel"))
    pdf.Root.Pages.Resources = page.Resources
    del page.Resources
    pdfs.stamp(pdf, page, "Efeu", (250, 200, 350, 240))
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Ginster",), size=(420, 595)))
def box_beside_origin(path: Path) -> None:
    """MediaBox that begins at y = 440, and a link.

    Source: https://github.com/ocrmypdf/OCRmyPDF/issues/1709 (the copy was blank). Expected: as shown.
    """
    pdf = Pdf.new()
    content = b"q 1 0 0 1 0 440 cm " + pdfs.MARKS + pdfs.letter("Ginster") + b"Q"
    page = pdfs.add_page(pdf, content, box=(0, 440, 420, 1035))
    pdfs.link(pdf, page, (60, 500, 160, 520))
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Holunder", "Ingwer"), size=(420, 595)))
def box_corners_swapped(path: Path) -> None:
    """MediaBox [420 595 0 0], and a stamp.

    Source: https://github.com/ocrmypdf/OCRmyPDF/issues/1526 (negative size). Expected: A5 with all.
    """
    pdf = Pdf.new()
    content = pdfs.MARKS + pdfs.letter("Holunder")
    page = pdfs.add_page(pdf, content, box=(420, 595, 0, 0))
    pdfs.stamp(pdf, page, "Ingwer", (250, 200, 350, 240))
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Jasmin", "Kamille"), size=(420, 595)))
def box_round_origin(path: Path) -> None:
    """MediaBox with the origin in its middle, as CAD programs write it, and a stamp.

    Source: https://github.com/embedpdf/embed-pdf-viewer/pull/626. Expected: the stamp at its place.
    """
    pdf = Pdf.new()
    content = b"q 1 0 0 1 -210 -297 cm " + pdfs.MARKS + pdfs.letter("Jasmin") + b"Q"
    page = pdfs.add_page(pdf, content, box=(-210, -297, 210, 298))
    pdfs.stamp(pdf, page, "Kamille", (40, -97, 140, -57))
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Lavendel",), size=(420, 595)))
def crop_larger_than_media(path: Path) -> None:
    """CropBox that goes beyond the MediaBox on all sides; a link.

    Source: https://github.com/torakiki/sejda/issues/293. Expected: the MediaBox is shown.
    """
    pdf = Pdf.new()
    page = pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Lavendel"))
    page.CropBox = Array([-30, -30, 470, 640])
    pdfs.link(pdf, page)
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Majoran",), size=(420, 595)))
def small_crop_of_huge_media(path: Path) -> None:
    """A5 CropBox in a MediaBox of 2.3 m; text outside the crop is not shown.

    Source: https://github.com/ocrmypdf/OCRmyPDF/issues/311. Expected: A5, quick, no other text.
    """
    pdf = Pdf.new()
    content = b"q 1 0 0 1 3000 3000 cm " + pdfs.MARKS + pdfs.letter("Majoran") + b"Q"
    page = pdfs.add_page(pdf, content, box=(0, 0, 6624, 6624))
    page.CropBox = Array([3000, 3000, 3420, 3595])
    pdfs.link(pdf, page, (3060, 3060, 3160, 3080))
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Narzisse", "Oleander"), size=(595, 420)))
def turned_page_with_unit(path: Path) -> None:
    """Rotate 270 and UserUnit 2 on a page of half the size, and a stamp.

    Source: https://github.com/docling-project/docling/issues/4007. Expected: lying A5.
    """
    pdf = Pdf.new()
    content = b"q .5 0 0 .5 0 0 cm " + pdfs.MARKS + pdfs.letter("Narzisse") + b"Q"
    page = pdfs.add_page(pdf, content, box=(0, 0, 210, 297.5))
    page.Rotate, page.UserUnit = 270, 2
    pdfs.stamp(pdf, page, "Oleander", (100, 100, 190, 130))
    pdfs.save(pdf, path)
