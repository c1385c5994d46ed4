"""Output intents and colour spaces."""

from __future__ import annotations

import struct
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, String
from PIL import Image

from tests.fresh_look import pdfs
from tests.fresh_look.drawing import sheet
from tests.fresh_look.model import Case, Expected, case

CASES: list[Case] = []
KIND = "output intents and colour"
SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
WIDE = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))


def profile(name: str, primaries: tuple[tuple[float, float, float], ...]) -> bytes:
    """An ICC profile (version 2) of a display with these primaries (D50) and a gamma of 2.2."""

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(one * 65536) for one in values))

    title = name.encode() + b"\0"
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, 563) + b"\0\0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(title)) + title + bytes(78)
    tags = {
        b"desc": description + bytes(-len(description) % 4),
        b"cprt": b"text\0\0\0\0CC0\0",
        b"wtpt": xyz(0.9642, 1.0, 0.8249),
        **dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), (xyz(*one) for one in primaries), strict=True)),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    table, body, place = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for tag, data in tags.items():
        table += tag + struct.pack(">II", place + len(body), len(data))
        body += data
    head = struct.pack(">I4sI4s4s4s", 132 + len(table) - 4 + len(body), b"\0\0\0\0", 0x02100000,
                       b"mntr", b"RGB ", b"XYZ ")  # fmt: skip
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    head += struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body


def as_pdfa(pdf: Pdf, icc: bytes, xmp: str = "", part: int = 2) -> None:
    """Put what PDF/A-2b demands into the catalogue; ``xmp``: further descriptions."""
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFA1,
        OutputConditionIdentifier=String("Probe"),
        Info=String("Probe"),
        DestOutputProfile=pdf.make_stream(icc, N=3),
    )
    pdf.Root.OutputIntents = Array([pdf.make_indirect(intent)])
    packet = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>{part}</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>
{xmp}</rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
    pdf.Root.Metadata = pdf.make_stream(packet.encode(), Type=Name.Metadata, Subtype=Name.XML)


def _intents(path: Path) -> list[bytes]:
    with pikepdf.open(path) as pdf:
        found = pdf.Root.get("/OutputIntents", Array([]))
        return [bytes(one.DestOutputProfile.read_bytes()) for one in found]


def _same_intent(source: Path, copy: Path) -> str:
    if _intents(source) == _intents(copy):
        return ""
    return "the copy has another output intent: its colours mean something else"


@case(CASES, KIND, ".pdf", Expected(words=("Schnecke",), extra=_same_intent))
def wide_output_intent(path: Path) -> None:
    """PDF/A-2b with DeviceRGB and an output intent that is wider than sRGB.

    Source: https://github.com/mozilla/pdf.js/issues/17102. Expected: the copy keeps the intent.
    """
    pdf = Pdf.new()
    pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter("Schnecke"))
    as_pdfa(pdf, profile("Wide RGB", WIDE))
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Igel",)))
def inks_without_intent(path: Path) -> None:
    """DeviceCMYK in text, areas and a picture, without any output intent.

    Source: https://github.com/veraPDF/veraPDF-corpus/pull/45. Expected: the same colours.
    """
    pdf = Pdf.new()
    image = pdfs.picture(pdf, sheet("x", (60, 80)).convert("CMYK"), ColorSpace=Name.DeviceCMYK)
    content = b"0 1 1 0 k 60 100 100 80 re f 1 0 1 .2 k 200 100 100 80 re f 1 .5 0 .3 k "
    content += pdfs.letter("Igel") + b"q 60 0 0 80 300 200 cm /I0 Do Q"
    pdfs.add_page(pdf, content, kinds={"XObject": {"I0": image}})
    pdfs.save(pdf, path)


def _tint(pdf: Pdf, ink: str, *, inputs: int, code: bytes) -> Object:
    function = pdf.make_stream(
        code, FunctionType=4, Domain=Array([0, 1] * inputs), Range=Array([0, 1] * 4)
    )
    if inputs == 1:
        return Array([Name.Separation, Name("/" + ink), Name.DeviceCMYK, function])
    names = Array([Name(f"/{ink}{number}") for number in range(inputs)])
    return Array([Name.DeviceN, names, Name.DeviceCMYK, function])


@case(CASES, KIND, ".pdf", Expected(words=("Maulwurf",)))
def spot_colours(path: Path) -> None:
    """Separation and DeviceN over CMYK.

    Source: https://github.com/ocrmypdf/OCRmyPDF/issues/1187. Expected: the same colours.
    """
    pdf = Pdf.new()
    spot = _tint(pdf, "Stempelrot", inputs=1, code=b"{0 exch dup 0.9 mul exch 0.8 mul 0}")
    two = _tint(pdf, "Amt", inputs=2, code=b"{0 0}")
    content = b"/C0 cs 1 scn 60 100 100 80 re f /C1 cs .9 .4 scn 200 100 100 80 re f 0 g "
    page = pdfs.add_page(pdf, content + pdfs.MARKS + pdfs.letter("Maulwurf"))
    page.Resources.ColorSpace = Dictionary(C0=spot, C1=two)
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Dachs",)))
def overprint_mode_1(path: Path) -> None:
    """Text that overprints (OP, OPM 1) on coloured areas.

    Source: https://github.com/ocrmypdf/OCRmyPDF/issues/703. Expected: text and areas stay.
    """
    pdf = Pdf.new()
    state = Dictionary(OP=True, op=True, OPM=1)
    content = b"0 0 1 0 k 40 380 340 140 re f /G0 gs 0 0 0 1 k " + pdfs.letter("Dachs") + b"0 g "
    pdfs.add_page(pdf, content + pdfs.MARKS, kinds={"ExtGState": {"G0": state}})
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Hamster",)))
def picture_with_profile_of_its_own(path: Path) -> None:
    """A scan with an ICC profile that is wider than sRGB.

    No report. Expected: the picture keeps its profile, so that its colours stay.
    """
    pdf = Pdf.new()
    space = Array([Name.ICCBased, pdf.make_stream(profile("Wide RGB", WIDE), N=3)])
    image = pdfs.picture(pdf, sheet("Hamster"), ColorSpace=space)
    pdfs.add_page(pdf, b"q 420 0 0 595 0 0 cm /I0 Do Q", kinds={"XObject": {"I0": image}})
    pdfs.save(pdf, path)


@case(CASES, KIND, ".pdf", Expected(words=("Ziege",)))
def picture_in_lab(path: Path) -> None:
    """A scan in CIE Lab.

    No report. Expected: the same colours.
    """
    pdf = Pdf.new()
    image = Image.new("RGB", (300, 400), (128, 128, 128))
    for number, colour in enumerate(((140, 200, 190), (90, 140, 60), (200, 110, 200))):
        image.paste(colour, (20 + 90 * number, 250, 90 + 90 * number, 350))
    white = Array([0.9642, 1, 0.8249])
    space = Array([Name.Lab, Dictionary(WhitePoint=white, Range=Array([-128, 127, -128, 127]))])
    made = pdfs.picture(pdf, image, ColorSpace=space)
    content = b"q 150 0 0 200 220 100 cm /I0 Do Q " + pdfs.MARKS + pdfs.letter("Ziege")
    pdfs.add_page(pdf, content, kinds={"XObject": {"I0": made}})
    pdfs.save(pdf, path)
