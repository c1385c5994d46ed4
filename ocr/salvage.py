"""What can still be shown of a TIFF frame whose data end too early.

Fax strips go through pdfium, which shows the rows that are there; strips of other codings are kept
as far as Pillow decoded them before it met the end.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
from pikepdf import Array, Dictionary, Name
from PIL import Image

from ocr.geometry import LARGEST_POINTS

G3, G4 = 3, 4
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def salvaged_frame(path: Path, image: Image.Image) -> Image.Image | None:
    """The frame that ``image`` stands at, as far as it can be decoded; None: nothing of it."""
    tags: Any = image.tag_v2  # type: ignore[attr-defined]
    dpi = image.info.get("dpi")
    found = _fax(path, tags) if tags.get(259) in (G3, G4) else _partly(image)
    if found is None or _is_uniform(found):
        return None
    if dpi:
        found.info["dpi"] = dpi
    found.format = "TIFF"
    return found


def _is_uniform(image: Image.Image) -> bool:
    low_high = image.convert("L").getextrema()
    return low_high[0] == low_high[1]


def _partly(image: Image.Image) -> Image.Image | None:
    """The strips before the one that could not be decoded; Pillow leaves them behind."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        image.load()
    pixels = getattr(image, "_im", None)
    return None if pixels is None else Image.Image()._new(pixels)


def _fax(path: Path, tags: Any) -> Image.Image | None:
    """Each strip as a picture of its own in one PDF page, top down."""
    width, height = int(tags.get(256, 0)), int(tags.get(257, 0))
    rows = min(height, int(tags.get(278, height)) or height)
    data = path.read_bytes()
    strips = []
    for offset, count in zip(tags.get(273, ()), tags.get(279, ()), strict=False):
        strip = data[offset : offset + count]
        strips.append(strip.translate(REVERSED) if tags.get(266, 1) == 2 else strip)
    if not width or not height or not any(strips) or height > LARGEST_POINTS * 100:
        return None
    return _rendered(_as_pdf(strips, width, height, rows, tags), width)


def _as_pdf(strips: list[bytes], width: int, height: int, rows: int, tags: Any) -> bytes:
    scale = min(1.0, 1000 / width)
    with pikepdf.new() as pdf:
        pictures, content = Dictionary(), []
        for number, strip in enumerate(strips):
            high = min(rows, height - number * rows)
            if high <= 0 or not strip:
                continue
            pictures[f"/S{number}"] = pdf.make_stream(
                strip,
                Type=Name.XObject,
                Subtype=Name.Image,
                Width=width,
                Height=high,
                ColorSpace=Name.DeviceGray,
                BitsPerComponent=1,
                Filter=Name.CCITTFaxDecode,
                DecodeParms=_parameters(tags, width, high),
            )
            bottom = height - number * rows - high
            content.append(
                f"q {width * scale} 0 0 {high * scale} 0 {bottom * scale} cm /S{number} Do Q"
            )
        page = Dictionary(
            Type=Name.Page,
            MediaBox=Array([0, 0, width * scale, height * scale]),
            Resources=Dictionary(XObject=pictures),
            Contents=pdf.make_stream("\n".join(content).encode("ascii")),
        )
        pdf.pages.append(pikepdf.Page(page))
        out = io.BytesIO()
        pdf.save(out)
    return out.getvalue()


def _parameters(tags: Any, width: int, rows: int) -> pikepdf.Object:
    parameters = Dictionary(Columns=width, Rows=rows, DamagedRowsBeforeError=1000)
    options = int(tags.get(292, 0))
    parameters["/K"] = -1 if tags.get(259) == G4 else (1 if options & 1 else 0)
    if tags.get(259) == G3 and options & 4:
        parameters["/EncodedByteAlign"] = True
    if tags.get(262, 0) == 1:
        parameters["/BlackIs1"] = True
    return parameters


def _rendered(data: bytes, width: int) -> Image.Image:
    document = pdfium.PdfDocument(data)
    try:
        page = document[0]
        shown: Image.Image = page.render(scale=width / page.get_width(), grayscale=True).to_pil()
        return shown.convert("L").point(lambda value: 255 * (value > 127)).convert("1")
    finally:
        document.close()
