"""PDFs made for tests: pages of text, pictures, annotations; nothing here is a real document."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image, ImageDraw, ImageFont

from ocr.pdf.shown_pdf import show

A4 = (595, 842)


def helvetica(pdf: Pdf) -> Any:
    """A font that is not embedded: good for reading, not for PDF/A."""
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type1,
            BaseFont=Name.Helvetica,
            Encoding=Name.WinAnsiEncoding,
        )
    )


def lines(*said: str, x: float = 60, y: float = 760, size: float = 12) -> bytes:
    """Lines of text one below the other, first at ``y``."""
    out = b""
    for number, line in enumerate(said):
        place = b"%.1f %.1f Td" % (x, y - 1.6 * size * number)
        out += b"BT /F1 %.1f Tf %s (%s) Tj ET\n" % (size, place, line.encode("cp1252"))
    return out


def page(pdf: Pdf, content: bytes, *, size: tuple[float, float] = A4, **resources: Any) -> Any:
    """Add a page; returns its dictionary."""
    found = Dictionary(Font=Dictionary(F1=helvetica(pdf)))
    for key, value in resources.items():
        found["/" + key] = value
    made = pdf.make_indirect(
        Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, *size]),
            Resources=found,
            Contents=pdf.make_stream(content),
        )
    )
    pdf.pages.append(pikepdf.Page(made))
    return pdf.pages[-1].obj


def image(pdf: Pdf, shown: Image.Image, **more: Any) -> Any:
    """An image XObject of the picture's pixels, uncompressed."""
    depth = 1 if shown.mode == "1" else 8
    space = {} if "ImageMask" in more else {"ColorSpace": SPACES[shown.mode]}
    return pdf.make_stream(
        shown.tobytes(),
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=shown.width,
        Height=shown.height,
        BitsPerComponent=depth,
        **space,
        **more,
    )


SPACES = {"1": Name.DeviceGray, "L": Name.DeviceGray, "RGB": Name.DeviceRGB}


def annotation(pdf: Pdf, kind: str, rect: list[float], **more: Any) -> Any:
    return pdf.make_indirect(
        Dictionary(Type=Name.Annot, Subtype=Name("/" + kind), Rect=Array(rect), **more)
    )


def form(pdf: Pdf, content: bytes, box: list[float], **more: Any) -> Any:
    """A form XObject."""
    resources = Dictionary(Font=Dictionary(F1=helvetica(pdf)), **more.pop("resources", {}))
    return pdf.make_stream(
        content,
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=Array(box),
        Resources=resources,
        **more,
    )


def drawn(path: Path, number: int = 1, dpi: float = 72) -> Image.Image:
    """A page as everything here sees it."""
    found: Image.Image = show(path).document[number - 1].render(scale=dpi / 72).to_pil()
    return found.convert("RGB")


def plainly_drawn(path: Path, number: int = 1) -> Image.Image:
    """A page as pdfium shows the file, without anything of ours between."""
    document = pdfium.PdfDocument(path)
    found: Image.Image = document[number - 1].render(scale=1).to_pil()
    return found.convert("RGB")


def ink(shown: Image.Image, box: tuple[float, float, float, float]) -> int:
    """Pixels that are not white within a box in points from the lower left corner, at 72 dpi."""
    left, bottom, right, top = box
    part = shown.crop((int(left), int(shown.height - top), int(right), int(shown.height - bottom)))
    return sum(part.convert("L").point(lambda tone: 255 * (tone < 200)).tobytes()) // 255


def written(said: list[str], size: tuple[int, int] = (827, 1170), mode: str = "L") -> Image.Image:
    """A sheet with printed lines, A4 at 100 dpi."""
    shown = Image.new("L", size, 255)
    draw = ImageDraw.Draw(shown)
    font = ImageFont.truetype(str(files("ocrmypdf") / "data" / "NotoSans-Regular.ttf"), 22)
    for number, line in enumerate(said):
        draw.text((80, 80 + 40 * number), line, font=font, fill=0)
    return shown.convert(mode)
