"""Pictures and layers over text that stays visible, and invisible text."""

from __future__ import annotations

import io
from pathlib import Path

from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image, ImageDraw

from tests.fresh_look import drawing, pdfs
from tests.fresh_look.model import Case, Expected, Shows, case

CASES: list[Case] = []
UNDER, LAYERS, HIDDEN = "text under pictures", "layers", "invisible text"
SMALL = (420, 595)
WHOLE = b"q 420 0 0 595 0 0 cm /I0 Do Q\n"


def _white(mode: str = "RGB") -> Image.Image:
    """A white sheet with one dark frame in its lower half."""
    image = Image.new("RGB", SMALL, "white")
    ImageDraw.Draw(image).rectangle((200, 400, 330, 470), outline=(0, 90, 0), width=6)
    return image.convert(mode)


@case(CASES, UNDER, ".pdf", Expected(words=("Marder",)))
def white_picture_multiplied(path: Path) -> None:
    """A white picture over the whole page, laid on by Multiply: all text shows through.

    Source: https://github.com/paperless-ngx/paperless-ngx/issues/4435 (text gone in the archive copy).
    Expected: the text is seen and found.
    """
    pdf = Pdf.new()
    kinds = {
        "XObject": {"I0": pdfs.picture(pdf, _white())},
        "ExtGState": {"G0": Dictionary(BM=Name.Multiply)},
    }
    pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Marder") + b"/G0 gs " + WHOLE, kinds=kinds)
    pdfs.save(pdf, path)


@case(CASES, UNDER, ".pdf", Expected(words=("Otter",), no_codes=("scan.",)))
def stencil_over_text(path: Path) -> None:
    """A stencil (/ImageMask) of page size that paints but a frame.

    Source: https://github.com/ocrmypdf/OCRmyPDF/issues/63. Expected: the text is seen and found; the
    page is not called a scan.
    """
    pdf = Pdf.new()
    mask = pdfs.picture(pdf, _white("1"), ImageMask=True)
    content = pdfs.MARKS + pdfs.letter("Otter") + b".8 0 0 rg " + WHOLE
    pdfs.add_page(pdf, content, kinds={"XObject": {"I0": mask}})
    pdfs.save(pdf, path)


@case(CASES, UNDER, ".pdf", Expected(words=("Pirol",), no_codes=("scan.",)))
def masked_picture_over_text(path: Path) -> None:
    """A grey picture of page size with an explicit /Mask that leaves only a frame.

    Source: https://github.com/yfedoseev/pdf_oxide/issues/1148. Expected: as above.
    """
    pdf = Pdf.new()
    mask = pdfs.picture(pdf, _white("1"), ImageMask=True)
    image = pdfs.picture(pdf, Image.new("RGB", SMALL, (0, 90, 0)), Mask=mask)
    content = pdfs.MARKS + pdfs.letter("Pirol") + WHOLE
    pdfs.add_page(pdf, content, kinds={"XObject": {"I0": image}})
    pdfs.save(pdf, path)


@case(CASES, UNDER, ".pdf", Expected(words=("Rebhuhn",), shows=Shows.PDFIUM, no_codes=("scan.",)))
def clear_jpeg2000_over_text(path: Path) -> None:
    """A JPEG 2000 of page size with its own alpha (/SMaskInData 1), clear but for a frame.

    Source: https://github.com/python-pillow/Pillow/pull/7316. Expected: as above.
    """
    pdf = Pdf.new()
    image = Image.new("RGBA", SMALL, (255, 255, 255, 0))
    ImageDraw.Draw(image).rectangle((200, 400, 330, 470), fill=(0, 90, 0, 255))
    data = io.BytesIO()
    image.save(data, "JPEG2000")
    made = pdf.make_stream(
        data.getvalue(), Type=Name.XObject, Subtype=Name.Image, Width=420, Height=595,
        Filter=Name.JPXDecode, SMaskInData=1, ColorSpace=Name.DeviceRGB,
    )  # fmt: skip
    content = pdfs.MARKS + pdfs.letter("Rebhuhn") + WHOLE
    pdfs.add_page(pdf, content, kinds={"XObject": {"I0": made}})
    pdfs.save(pdf, path)


@case(CASES, UNDER, ".pdf", Expected(words=("Sperling",)))
def picture_cut_by_clip(path: Path) -> None:
    """A picture of page size, of which a clipping path shows a corner only.

    No report. Expected: the text is seen and found.
    """
    pdf = Pdf.new()
    image = pdfs.picture(pdf, Image.new("RGB", SMALL, (230, 230, 120)))
    content = pdfs.MARKS + pdfs.letter("Sperling") + b"q 250 50 100 90 re W n " + WHOLE + b"Q"
    pdfs.add_page(pdf, content, kinds={"XObject": {"I0": image}})
    pdfs.save(pdf, path)


@case(CASES, UNDER, ".pdf", Expected(words=("Taube",)))
def picture_nearly_clear(path: Path) -> None:
    """A picture of page size with a constant alpha of 0.25.

    No report. Expected: the text is seen and found.
    """
    pdf = Pdf.new()
    kinds = {
        "XObject": {"I0": pdfs.picture(pdf, _white())},
        "ExtGState": {"G0": Dictionary(ca=0.25)},
    }
    pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Taube") + b"/G0 gs " + WHOLE, kinds=kinds)
    pdfs.save(pdf, path)


@case(CASES, LAYERS, ".pdf", Expected(words=("Wachtel",), absent=("Zeisig",)))
def membership_that_hides(path: Path) -> None:
    """A scan over the text belongs to two layers by /OCMD with AllOn; one is off.

    Source: https://github.com/ArtifexSoftware/mupdf/pull/23. Expected: text seen, scan neither seen nor
    found.
    """
    pdf = Pdf.new()
    layers = Array([pdfs.layer(pdf, "An", on=True), pdfs.layer(pdf, "Aus", on=False)])
    member = pdf.make_indirect(Dictionary(Type=Name.OCMD, OCGs=layers, P=Name.AllOn))
    image = pdfs.picture(pdf, drawing.grey("Zeisig"))
    content = pdfs.MARKS + pdfs.letter("Wachtel") + b"/OC /M0 BDC " + WHOLE + b"EMC"
    kinds = {"XObject": {"I0": image}, "Properties": {"M0": member}}
    pdfs.add_page(pdf, content, kinds=kinds)
    pdfs.save(pdf, path)


@case(CASES, LAYERS, ".pdf", Expected(words=("Anker",), absent=("Kompass",)))
def form_in_layer_that_is_off(path: Path) -> None:
    """A form with a scan over the text has /OC of a layer that is off, without any BDC.

    Source: https://github.com/mozilla/pdf.js/issues/13931. Expected: as above.
    """
    pdf = Pdf.new()
    image = pdfs.picture(pdf, drawing.grey("Kompass"))
    inner = Dictionary(XObject=Dictionary(I0=image))
    off = pdfs.layer(pdf, "Aus", on=False)
    drawn = pdfs.form(pdf, WHOLE, pdfs.A5, Resources=inner, OC=off)
    content = pdfs.MARKS + pdfs.letter("Anker") + b"/X0 Do"
    pdfs.add_page(pdf, content, kinds={"XObject": {"X0": drawn}})
    pdfs.save(pdf, path)


@case(CASES, LAYERS, ".pdf", Expected(words=("Granit",)))
def layer_for_print_only(path: Path) -> None:
    """Text in a layer whose usage says: print, do not view.

    Source: https://github.com/yuroyami/KitePDF/issues/57. Expected: as a viewer shows it, or told.
    """
    pdf = Pdf.new()
    usage = Dictionary(View=Dictionary(ViewState=Name.OFF), Print=Dictionary(PrintState=Name.ON))
    marks = pdfs.layer(pdf, "Nur Druck", on=True, Usage=usage)
    pdf.Root.OCProperties.D.AS = Array(
        [
            Dictionary(Event=Name.View, OCGs=Array([marks]), Category=Array([Name.View])),
            Dictionary(Event=Name.Print, OCGs=Array([marks]), Category=Array([Name.Print])),
        ]
    )
    content = pdfs.MARKS + pdfs.letter("Granit") + b"/OC /M0 BDC "
    content += pdfs.text(["Basalt"], 200, 200, 30) + b"EMC"
    pdfs.add_page(pdf, content, kinds={"Properties": {"M0": marks}})
    pdfs.save(pdf, path)


@case(CASES, HIDDEN, ".pdf", Expected(words=("Quarz",), absent=("Schiefer",)))
def invisible_text_set_once(path: Path) -> None:
    """A scan with an old text layer; ``3 Tr`` stands once before two text objects.

    Source: https://github.com/ocrmypdf/OCRmyPDF/pull/1448 (text became visible). Expected: only the
    scan is seen, and what is found is what it shows.
    """
    pdf = Pdf.new()
    image = pdfs.picture(pdf, drawing.grey("Quarz"))
    content = WHOLE + b"3 Tr " + pdfs.text(["Schiefer"], 60, 320) + pdfs.text(["Rest"], 60, 290)
    pdfs.add_page(pdf, content, kinds={"XObject": {"I0": image}})
    pdfs.save(pdf, path)


@case(CASES, HIDDEN, ".pdf", Expected(words=("Marmor",)))
def invisible_drawn_font(path: Path) -> None:
    """A scan with an old text layer in an invisible Type 3 font of black boxes.

    Source: https://github.com/mozilla/pdf.js/pull/5422 (the boxes were painted). Expected: the scan.
    """
    pdf = Pdf.new()
    box = pdf.make_stream(b"1000 0 0 0 900 700 d1 0 0 900 700 re f")
    font = Dictionary(
        Type=Name.Font, Subtype=Name.Type3, FontBBox=[0, 0, 1000, 1000],
        FontMatrix=[0.001, 0, 0, 0.001, 0, 0], CharProcs=Dictionary(box=box), FirstChar=97,
        LastChar=97, Widths=[1000], Resources=Dictionary(),
        Encoding=Dictionary(Differences=Array([97, Name("/box")])),
    )  # fmt: skip
    image = pdfs.picture(pdf, drawing.grey("Marmor"))
    content = WHOLE + b"BT 3 Tr /F2 20 Tf 60 300 Td (aaaa) Tj ET"
    page = pdfs.add_page(pdf, content, kinds={"XObject": {"I0": image}})
    page.Resources.Font.F2 = pdf.make_indirect(font)
    pdfs.save(pdf, path)


@case(CASES, HIDDEN, ".pdf", Expected(words=("Bernstein",)))
def text_as_clip(path: Path) -> None:
    """Large words used as a clip (``7 Tr``) through which a picture shows.

    No report. Expected: the words are seen and found.
    """
    pdf = Pdf.new()
    image = pdfs.picture(pdf, Image.new("RGB", SMALL, (160, 20, 60)))
    words = pdfs.text(["Bernstein"], 50, 300, 48)
    content = pdfs.MARKS + pdfs.letter("Kiesel") + b"q 7 Tr " + words + WHOLE + b"Q"
    pdfs.add_page(pdf, content, kinds={"XObject": {"I0": image}})
    pdf.docinfo["/Title"] = String("Ausschnitt")
    pdfs.save(pdf, path)
