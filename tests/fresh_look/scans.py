"""Scans inside PDF files, drawn in other ways than by one plain picture."""

from __future__ import annotations

import io
from pathlib import Path

from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image, ImageOps

from tests.fresh_look import pdfs
from tests.fresh_look.drawing import bilevel, grey, sheet
from tests.fresh_look.model import Case, Expected, case

CASES: list[Case] = []
KIND = "scans in PDF"
WHOLE = b"q 420 0 0 595 0 0 cm /I0 Do Q\n"
COARSE = (583, 827)  #: A5 at 100 dpi
TWO_COLOURS = ("scan.monochrome",)


def _page(path: Path, pdf: Pdf, image: object, content: bytes = WHOLE) -> None:
    pdfs.add_page(pdf, content, kinds={"XObject": {"I0": image}})
    pdfs.save(pdf, path)


def fax(image: Image.Image) -> bytes:
    """The one strip of a group 4 TIFF of a picture."""
    data = io.BytesIO()
    image.save(data, "TIFF", compression="group4", tiffinfo={278: image.height})
    with Image.open(data) as stored:
        tags = stored.tag_v2  # type: ignore[attr-defined]
        place, length, photometric = tags[273][0], tags[279][0], tags[262]
    assert photometric in (0, 1)
    return data.getvalue()[place : place + length]


def _fax_picture(pdf: Pdf, image: Image.Image, *, black_is_1: bool, **entries: object) -> Stream:
    columns, rows = image.size
    parameters = Dictionary(K=-1, Columns=columns, Rows=rows, BlackIs1=black_is_1)
    return pdf.make_stream(
        fax(image), Type=Name.XObject, Subtype=Name.Image, Width=columns, Height=rows,
        BitsPerComponent=1, ColorSpace=Name.DeviceGray, Filter=Name.CCITTFaxDecode,
        DecodeParms=parameters, **entries,
    )  # fmt: skip


@case(CASES, KIND, ".pdf", Expected(words=("Kessel",), codes=("scan.monochrome", "scan.low_dpi")))
def stencil_scan(path: Path) -> None:
    """A coarse black-and-white scan stored as a stencil (/ImageMask) of page size.

    Source: https://github.com/ocrmypdf/OCRmyPDF/issues/63 ("page has no images"). Expected: read, and
    both its faults told, since they block the paper's destruction.
    """
    pdf = Pdf.new()
    _page(path, pdf, pdfs.picture(pdf, bilevel("Kessel", COARSE), ImageMask=True), b"0 g " + WHOLE)


@case(CASES, KIND, ".pdf", Expected(words=("Pfanne",)))
def scan_in_layers(path: Path) -> None:
    """Background picture, dark foreground picture, and a stencil that lets the letters through.

    Source: https://github.com/docling-project/docling/issues/4329 (black page). Expected: as shown.
    """
    pdf = Pdf.new()
    mask = pdfs.picture(pdf, bilevel("Pfanne"), ImageMask=True)
    front = pdfs.picture(pdf, Image.new("RGB", (60, 80), (30, 20, 10)), Mask=mask)
    back = pdfs.picture(pdf, Image.new("RGB", (60, 80), (250, 245, 225)))
    content = b"q 420 0 0 595 0 0 cm /I0 Do /I1 Do Q"
    pdfs.add_page(pdf, content, kinds={"XObject": {"I0": back, "I1": front}})
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Kelle",), codes=TWO_COLOURS))
def fax_black_is_one(path: Path) -> None:
    """Group 4 whose coded black is the paper, set right by BlackIs1.

    Source: https://github.com/py-pdf/pypdf/issues/3193. Expected: black on white.
    """
    pdf = Pdf.new()
    _page(path, pdf, _fax_picture(pdf, bilevel("Kelle"), black_is_1=True))


@case(CASES, KIND, ".pdf", Expected(words=("Becher",), codes=TWO_COLOURS))
def fax_decoded_the_other_way(path: Path) -> None:
    """Group 4 of a negative with /Decode [1 0].

    Source: https://github.com/ocrmypdf/OCRmyPDF/issues/1015 (came back inverted). Expected: as shown.
    """
    pdf = Pdf.new()
    image = _fax_picture(pdf, bilevel("Becher"), black_is_1=False, Decode=Array([1, 0]))
    _page(path, pdf, image)


@case(CASES, KIND, ".pdf", Expected(words=("Teller",), codes=TWO_COLOURS))
def palette_white_first(path: Path) -> None:
    """One bit a pixel with a palette in which 0 is white and 1 is black.

    Source: https://github.com/LibrePDF/OpenPDF/issues/1534 (came out inverted). Expected: as shown.
    """
    pdf = Pdf.new()
    image = ImageOps.invert(bilevel("Teller").convert("L")).convert("1")
    space = Array([Name.Indexed, Name.DeviceRGB, 1, b"\xff\xff\xff\0\0\0"])
    _page(path, pdf, pdfs.picture(pdf, image, ColorSpace=space))


@case(CASES, KIND, ".pdf", Expected(words=("Schale",), no_codes=("scan.low_dpi",)))
def scan_of_827_strips(path: Path) -> None:
    """A grey scan of 200 dpi in 827 pictures of two rows each.

    Source: https://github.com/ocrmypdf/OCRmyPDF/issues/439 (hours). Expected: read within its time.
    """
    pdf, image = Pdf.new(), grey("Schale")
    content, images = b"", {}
    for number in range(0, image.height, 2):
        strip = image.crop((0, number, image.width, number + 2))
        images[f"I{number}"] = pdfs.picture(pdf, strip)
        low = 595 * (1 - (number + 2) / image.height)
        content += b"q 420 0 0 %.4f 0 %.4f cm /I%d Do Q\n" % (2 * 595 / image.height, low, number)
    pdfs.add_page(pdf, content, kinds={"XObject": images})
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Kanne",), codes=("scan.low_dpi",), size=(420, 595)))
def scan_in_nested_forms(path: Path) -> None:
    """A scan of 100 dpi in a form in a form, lying, set upright by the page's Rotate.

    Source: https://github.com/johnwhitington/cpdf-source/issues/365. Expected: its low resolution told.
    """
    pdf = Pdf.new()
    image = pdfs.picture(pdf, grey("Kanne", COARSE).transpose(Image.Transpose.ROTATE_90))
    box = (0, 0, 1000, 1000)
    inner = pdfs.form(
        pdf,
        b"q 1000 0 0 1000 0 0 cm /I0 Do Q",
        box,
        Resources=Dictionary(XObject=Dictionary(I0=image)),
    )
    outer = pdfs.form(
        pdf, b"/X1 Do", box, Matrix=Array([0.595, 0, 0, 0.42, 0, 0]),
        Resources=Dictionary(XObject=Dictionary(X1=inner)),
    )  # fmt: skip
    page = pdfs.add_page(pdf, b"/X0 Do", box=(0, 0, 595, 420), kinds={"XObject": {"X0": outer}})
    page.Rotate = 90
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Krug",), no_codes=("scan.", "ocr.uncertain")))
def background_of_one_pixel(path: Path) -> None:
    """A born-digital page whose paper colour is a picture of one pixel, stretched.

    Source: https://github.com/ocrmypdf/OCRmyPDF/issues/261. Expected: text as it is; no word on a scan.
    """
    pdf = Pdf.new()
    image = pdfs.picture(pdf, Image.new("RGB", (1, 1), (255, 250, 230)))
    _page(path, pdf, image, WHOLE + pdfs.MARKS + pdfs.letter("Krug"))


@case(CASES, KIND, ".pdf", Expected(words=("Flasche",)))
def scan_with_key_colour(path: Path) -> None:
    """A colour scan that is its page's only content, with a colour key that drops its white.

    No report. Expected: the scan on white, nothing lost.
    """
    pdf = Pdf.new()
    image = pdfs.picture(pdf, sheet("Flasche"), Mask=Array([254, 255] * 3))
    _page(path, pdf, image)


@case(CASES, KIND, ".pdf", Expected(words=("Teekessel",)))
def scan_of_16_bits(path: Path) -> None:
    """A grey scan of 16 bits a pixel.

    No report. Expected: as shown.
    """
    pdf, image = Pdf.new(), grey("Teekessel")
    wide = b"".join(bytes((value, value)) for value in image.tobytes())
    made = pdf.make_stream(
        wide, Type=Name.XObject, Subtype=Name.Image, Width=image.width, Height=image.height,
        BitsPerComponent=16, ColorSpace=Name.DeviceGray,
    )  # fmt: skip
    _page(path, pdf, made)
