"""Small hands for writing PDF files: with pikepdf where they are sound, byte by byte where not."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
from fontTools import subset
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name, Object, Page, Pdf, Stream
from PIL import Image

from tests.fresh_look.drawing import FONT, by_pdfium, letter_lines

A5 = (0, 0, 420, 595)  #: points
MARKS = (  # red top left, blue bottom right, a green one and a black bar: no turn looks alike
    b"q .78 .08 .08 rg 30 555 60 20 re f .08 .08 .78 rg 390 30 15 110 re f "
    b"0 g 30 60 15 120 re f .08 .59 .08 rg 45 110 30 15 re f Q\n"
)


@cache
def font_file() -> tuple[bytes, tuple[int, ...]]:
    """DejaVu Sans cut down to Latin 1, and the widths of the codes 32 to 255 in thousandths."""
    codes = [ord(bytes([code]).decode("cp1252", "replace")) for code in range(32, 256)]
    font = TTFont(FONT)
    options = subset.Options(layout_features=[], hinting=False)
    options.drop_tables += ["FFTM"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes)
    cutter.subset(font)
    data = io.BytesIO()
    font.save(data)
    names, metrics, em = font.getBestCmap(), font["hmtx"], font["head"].unitsPerEm
    widths = [round(metrics[names.get(code, ".notdef")][0] * 1000 / em) for code in codes]
    return data.getvalue(), tuple(widths)


def embedded_font(pdf: Pdf) -> Object:
    data, widths = font_file()
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name("/AAAAAA+DejaVuSans"),
        Flags=32,
        FontBBox=[-1021, -463, 1793, 1232],
        ItalicAngle=0,
        Ascent=928,
        Descent=-236,
        CapHeight=729,
        StemV=80,
        FontFile2=pdf.make_stream(data, Length1=len(data)),
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.TrueType,
            BaseFont=Name("/AAAAAA+DejaVuSans"),
            FirstChar=32,
            LastChar=255,
            Widths=Array(widths),
            Encoding=Name.WinAnsiEncoding,
            FontDescriptor=pdf.make_indirect(descriptor),
        )
    )


def text(lines: Sequence[str], x: float = 50, y: float = 500, size: float = 12) -> bytes:
    shown = b"".join(b"(" + line.encode("cp1252") + b") Tj T*\n" for line in lines)
    return b"BT /F1 %.2f Tf %.2f TL %.2f %.2f Td\n" % (size, 1.8 * size, x, y) + shown + b"ET\n"


def letter(word: str, x: float = 50, y: float = 500, size: float = 12) -> bytes:
    return text(letter_lines(word), x, y, size)


def resources(pdf: Pdf, **kinds: Any) -> Dictionary:
    """Resources with the font F1 and what else is given: XObject, ExtGState, Properties."""
    made = Dictionary(Font=Dictionary(F1=embedded_font(pdf)))
    for kind, value in kinds.items():
        made["/" + kind] = Dictionary({"/" + name: one for name, one in value.items()})
    return made


def add_page(
    pdf: Pdf, content: bytes, *, box: Sequence[float] = A5, kinds: Mapping[str, Any] | None = None
) -> Dictionary:
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array(list(box)),
        Resources=resources(pdf, **(kinds or {})),
        Contents=pdf.make_stream(content),
    )
    pdf.pages.append(Page(pdf.make_indirect(page)))
    return pdf.pages[-1].obj


def form(pdf: Pdf, content: bytes, box: Sequence[float], **entries: Any) -> Stream:
    """A form XObject; ``kinds`` of its own resources by keyword ``Resources``."""
    entries.setdefault("Resources", resources(pdf))
    return pdf.make_stream(
        content, Type=Name.XObject, Subtype=Name.Form, BBox=Array(list(box)), **entries
    )


def picture(pdf: Pdf, image: Image.Image, **entries: Any) -> Stream:
    """An image XObject with the pixels as they are (``1``, ``L``, ``RGB``)."""
    if "ImageMask" not in entries and "ColorSpace" not in entries:
        entries["ColorSpace"] = Name.DeviceRGB if image.mode == "RGB" else Name.DeviceGray
    return pdf.make_stream(
        image.tobytes(),
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=image.width,
        Height=image.height,
        BitsPerComponent=1 if image.mode == "1" else 8,
        **entries,
    )


def annotation(pdf: Pdf, page: Dictionary, **entries: Any) -> Object:
    entries.setdefault("F", 4)
    made = pdf.make_indirect(Dictionary(Type=Name.Annot, P=page, **entries))
    if "/Annots" not in page:
        page.Annots = Array([])
    page.Annots.append(made)
    return made


def link(pdf: Pdf, page: Dictionary, rect: Sequence[float] = (60, 60, 160, 80)) -> None:
    action = Dictionary(S=Name.URI, URI=pikepdf.String("https://example.org"))
    annotation(pdf, page, Subtype=Name.Link, Rect=Array(list(rect)), Border=[0, 0, 0], A=action)


def stamp(pdf: Pdf, page: Dictionary, word: str, rect: Sequence[float], **entries: Any) -> Object:
    """A stamp with an appearance: a red frame and a word."""
    width, height = rect[2] - rect[0], rect[3] - rect[1]
    content = b"1 0 0 RG 2 w 2 2 %.1f %.1f re S .7 0 0 rg " % (width - 4, height - 4)
    content += text([word], 8, height / 2 - 5, 13)
    drawn = form(pdf, content, (0, 0, width, height))
    entries.setdefault("Subtype", Name.Stamp)
    return annotation(pdf, page, Rect=Array(list(rect)), AP=Dictionary(N=drawn), **entries)


def layer(pdf: Pdf, name: str, *, on: bool, **entries: Any) -> Object:
    """An optional content group, put into the catalogue's configuration."""
    made = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=pikepdf.String(name), **entries))
    if "/OCProperties" not in pdf.Root:
        state = Dictionary(BaseState=Name.ON, ON=Array([]), OFF=Array([]), Order=Array([]))
        pdf.Root.OCProperties = Dictionary(OCGs=Array([]), D=state)
    properties = pdf.Root.OCProperties
    properties.OCGs.append(made)
    properties.D.Order.append(made)
    (properties.D.ON if on else properties.D.OFF).append(made)
    return made


def raw(objects: Mapping[int, bytes], root: int = 1, *, trailer: bytes = b"") -> bytes:
    """A file with these objects as they are and a right cross-reference table."""
    data, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), {}
    for number, body in objects.items():
        places[number] = len(data)
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start, size = len(data), max(objects) + 1
    data += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        place = places.get(number)
        data += b"%010d %05d %c \n" % (place or 0, 0 if place else 65535, b"fn"[bool(place)])
    data += b"trailer\n<</Size %d /Root %d 0 R %s>>\nstartxref\n" % (size, root, trailer)
    return bytes(data + b"%d\n%%%%EOF\n" % start)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<<%s /Length %d>>\nstream\n%s\nendstream" % (entries, len(content), content)


HELVETICA = b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>"


def sound_pages(*words: str) -> list[Image.Image]:
    """What pages with these letters in Helvetica look like in a file without faults."""
    pdf = Pdf.new()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.pdf"
        for word in words:
            page = add_page(pdf, MARKS + letter(word))
            page.Resources.Font.F1 = Dictionary(
                Type=Name.Font,
                Subtype=Name.Type1,
                BaseFont=Name.Helvetica,
                Encoding=Name.WinAnsiEncoding,
            )
        save(pdf, path)
        return [by_pdfium(path, number) for number in range(len(words))]


def save(pdf: Pdf, path: Path, **options: Any) -> None:
    pdf.save(path, deterministic_id=not options.get("encryption"), **options)
