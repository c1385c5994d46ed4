"""What can still be shown of a TIFF picture whose data end too early.

Fax strips go through pdfium, which shows the rows that are there; strips of other codings are kept
as far as Pillow decoded them before it met the end.
"""

from __future__ import annotations

import io
import math
from dataclasses import replace

import pikepdf
import pypdfium2 as pdfium
from pikepdf import Array, Dictionary, Name
from PIL import Image

from ocr.geometry import LARGEST_POINTS
from ocr.image_files.pillow import DAMAGED
from ocr.image_files.tiff.decoding import Raster, decoded
from ocr.image_files.tiff.directories import Directory
from ocr.image_files.tiff.layout import FAX, Compression, Layout, Photometric

G3_OPTIONS = 292
MOST_PIECES = 20_000  #: that are tried one by one
TWO_DIMENSIONAL, BYTE_ALIGNED = 1, 4


def salvaged_frame(
    directory: Directory, layout: Layout, pieces: tuple[bytes, ...]
) -> Raster | None:
    """The picture as far as it can be decoded (``pieces`` may be short or empty); None: nothing."""
    if layout.compression in FAX:
        image = _fax(directory, layout, pieces)
        return None if image is None or _is_uniform(image) else Raster(image=image)
    left = _piecewise(directory, layout, pieces)
    return None if left is None or _is_uniform(left) else Raster(image=left)


def _is_uniform(image: Image.Image) -> bool:
    low_high = image.convert("L").getextrema()
    return low_high[0] == low_high[1]


def _piecewise(
    directory: Directory, layout: Layout, pieces: tuple[bytes, ...]
) -> Image.Image | None:
    """Each strip or tile decoded as a picture of its own; what cannot be stays white."""
    if layout.separate or layout.pieces > MOST_PIECES:
        return None
    canvas: Image.Image | None = None
    across = math.ceil(layout.width / layout.tile[0]) if layout.tile else 1
    for number, piece in enumerate(pieces):
        x, y = number % across, number // across
        wide, high = layout.tile or (layout.width, layout.rows)
        if not layout.tile:
            high = min(high, layout.height - y * high)
        one = replace(layout, width=wide, height=high, tile=None, rows=high)
        try:
            part = decoded(directory, one, (_filled_up(piece, one),)).image
        except DAMAGED:
            continue
        part = part.convert("RGB") if part.mode == "P" else part
        if canvas is None:
            canvas = Image.new(part.mode, (layout.width, layout.height), _white(part.mode))
        canvas.paste(part, (x * wide, y * (layout.tile[1] if layout.tile else layout.rows)))
    return canvas


def _filled_up(piece: bytes, layout: Layout) -> bytes:
    """A piece without compression may end in the middle of a row."""
    if layout.compression is not Compression.NONE or not piece:
        return piece
    inverse = layout.photometric in (Photometric.WHITE_IS_ZERO, Photometric.SEPARATED)
    return piece.ljust(layout.piece_size(0), b"\0" if inverse else b"\xff")


def _white(mode: str) -> int | tuple[int, ...]:
    if mode in ("1", "L", "I;16"):
        return 65535 if mode == "I;16" else 255
    return (0, 0, 0, 0) if mode == "CMYK" else (255,) * len(mode)


def _fax(directory: Directory, layout: Layout, pieces: tuple[bytes, ...]) -> Image.Image | None:
    """Each strip as a picture of its own in one PDF page, top down."""
    known = layout.compression in (Compression.G3, Compression.G4) and not layout.tile
    if not known or not any(pieces) or layout.height > LARGEST_POINTS * 100:
        return None
    return _rendered(_as_pdf(directory, layout, pieces), layout.width)


def _as_pdf(directory: Directory, layout: Layout, pieces: tuple[bytes, ...]) -> bytes:
    width, height = layout.width, layout.height
    scale = min(1.0, 1000 / width)
    with pikepdf.new() as pdf:
        pictures, content = Dictionary(), []
        for number, piece in enumerate(pieces):
            high = min(layout.rows, height - number * layout.rows)
            if high <= 0 or not piece:
                continue
            pictures[f"/S{number}"] = pdf.make_stream(
                piece,
                Type=Name.XObject,
                Subtype=Name.Image,
                Width=width,
                Height=high,
                ColorSpace=Name.DeviceGray,
                BitsPerComponent=1,
                Filter=Name.CCITTFaxDecode,
                DecodeParms=_parameters(directory, layout, high),
            )
            bottom = height - number * layout.rows - high
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


def _parameters(directory: Directory, layout: Layout, rows: int) -> pikepdf.Object:
    parameters = Dictionary(Columns=layout.width, Rows=rows, DamagedRowsBeforeError=1000)
    options = directory.integer(G3_OPTIONS, 0)
    g4 = layout.compression is Compression.G4
    parameters["/K"] = -1 if g4 else (1 if options & TWO_DIMENSIONAL else 0)
    if not g4 and options & BYTE_ALIGNED:
        parameters["/EncodedByteAlign"] = True
    if layout.photometric is Photometric.BLACK_IS_ZERO:
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
