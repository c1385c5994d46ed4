"""A picture as an image object of a PDF: its stored bytes where PDF can carry them, else lossless.

JPEG, JPEG 2000, PNG and single-strip CCITT G4 keep their compressed bytes; everything else is
decoded and packed without loss (bilevel as G4, the rest as Flate with PNG predictors).
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops, TiffImagePlugin

from ocr.source_image import DAMAGED, on_white

ICC_CLASSES = (b"scnr", b"mntr", b"prtr", b"spac")


@dataclass(frozen=True, slots=True)
class Packed:
    """Compressed bytes and what a reader must know to show them."""

    data: bytes
    width: int
    height: int
    entries: dict[str, Any]  #: of the image dictionary
    kept: bool  #: the stored bytes of the source
    icc: bytes | None = None


def put(pdf: pikepdf.Pdf, packed: Packed) -> pikepdf.Stream:
    """The picture as an image XObject of this PDF."""
    entries = dict(packed.entries)
    if packed.icc is not None:
        components = 3 if entries["ColorSpace"] == Name.DeviceRGB else 1
        profile = pdf.make_stream(packed.icc, N=components)
        entries["ColorSpace"] = Array([Name.ICCBased, profile])
    return pdf.make_stream(  # made indirect by pikepdf
        packed.data,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=packed.width,
        Height=packed.height,
        **entries,
    )


def pack_file(path: Path, image: Image.Image, whole: bool) -> Packed:
    """The picture of a file, ``image`` being its loaded frame; stored bytes only from whole files."""
    kept: Packed | None = None
    if whole:
        if image.format == "JPEG":
            kept = _jpeg(path.read_bytes(), image)
        elif image.format == "JPEG2000":
            kept = _jpeg2000(path.read_bytes(), image)
        elif image.format == "PNG":
            kept = _png(path.read_bytes())
        elif image.format == "TIFF":
            kept = _fax_strip(path, image)
    return kept or pack(image)


def pack(image: Image.Image) -> Packed:
    """Any decoded picture, without loss (transparency is laid on white)."""
    flat = on_white(image)
    if flat.mode == "1":
        return _fax(flat)
    if flat.mode.startswith("I;16"):
        flat = flat.copy()
    elif flat.mode in ("I", "F"):
        from ocr.source_image import to_grey

        flat = to_grey(flat)
    elif flat.mode not in ("L", "RGB", "P"):
        flat = flat.convert("RGB")
    out = io.BytesIO()
    plain = flat.copy()
    plain.info.clear()
    plain.save(out, "PNG", compress_level=6)
    packed = _png(out.getvalue())
    if packed is None:
        raise ValueError(f"a picture of mode {flat.mode} cannot be packed")
    return Packed(packed.data, packed.width, packed.height, packed.entries, kept=False)


def pack_shot(image: Image.Image) -> Packed:
    """A rendered page: without loss where it has few colours, else as JPEG, the smaller one.

    With loss only here, for pages that are pictures of what could not be kept as it was.
    """
    flat = _grey_if_grey(image.convert("RGB"))
    jpeg = _as_jpeg(flat)
    few = flat.mode == "L" or flat.getcolors(256) is not None
    if not few:
        return jpeg
    exact = pack(flat if flat.mode == "L" else flat.quantize(256, dither=Image.Dither.NONE))
    return exact if len(exact.data) < 2 * len(jpeg.data) else jpeg


def _grey_if_grey(image: Image.Image) -> Image.Image:
    red, green, blue = image.split()
    same = not ImageChops.difference(red, green).getbbox()
    return red if same and not ImageChops.difference(red, blue).getbbox() else image


def _as_jpeg(image: Image.Image) -> Packed:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88, subsampling=0, optimize=True)
    space = Name.DeviceGray if image.mode == "L" else Name.DeviceRGB
    entries = {"ColorSpace": space, "BitsPerComponent": 8, "Filter": Name.DCTDecode}
    return Packed(out.getvalue(), image.width, image.height, entries, kept=False)


def _jpeg(data: bytes, image: Image.Image) -> Packed | None:
    space = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB}.get(image.mode)
    if space is None:  # CMYK has no colour of its own in a file with an sRGB intent
        return None
    entries = {"ColorSpace": space, "BitsPerComponent": 8, "Filter": Name.DCTDecode}
    width, height = image.size
    return Packed(data, width, height, entries, kept=True, icc=_profile(image))


def _jpeg2000(data: bytes, image: Image.Image) -> Packed | None:
    space = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB}.get(image.mode)
    if space is None or not data.startswith(b"\0\0\0\x0cjP"):  # a bare codestream has no colour
        return None
    entries = {"ColorSpace": space, "BitsPerComponent": 8, "Filter": Name.JPXDecode}
    return Packed(data, image.width, image.height, entries, kept=True)


def _profile(image: Image.Image) -> bytes | None:
    """The picture's own ICC profile, where PDF/A may carry it (ISO 19005-2, 6.2.4.2)."""
    profile = image.info.get("icc_profile")
    wanted = {"L": b"GRAY", "RGB": b"RGB "}.get(image.mode)
    if not isinstance(profile, bytes) or len(profile) < 132 or profile[36:40] != b"acsp":
        return None
    honest = struct.unpack(">I", profile[:4])[0] == len(profile) and profile[8] <= 4
    fits = profile[12:16] in ICC_CLASSES and profile[16:20] == wanted
    return profile if honest and fits else None


def _png(data: bytes) -> Packed | None:
    """A PNG's own compressed bytes; None for transparency, interlacing and damage."""
    at, idat, palette = 8, [], b""
    width = height = depth = kind = interlaced = 0
    while at + 8 <= len(data):
        length, tag = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        if tag == b"IHDR":
            width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", body)
        elif tag == b"PLTE":
            palette = body
        elif tag == b"tRNS":
            return None
        elif tag == b"IDAT":
            idat.append(body)
        at += 12 + length
    if kind not in (0, 2, 3) or interlaced or not idat or (kind == 3 and not palette):
        return None
    colors = 3 if kind == 2 else 1
    space: Any = {0: Name.DeviceGray, 2: Name.DeviceRGB}.get(kind)
    if kind == 3:
        space = Array(
            [Name.Indexed, Name.DeviceRGB, len(palette) // 3 - 1, pikepdf.String(palette)]
        )
    parameters = Dictionary(Predictor=15, Colors=colors, BitsPerComponent=depth, Columns=width)
    entries = {
        "ColorSpace": space,
        "BitsPerComponent": depth,
        "Filter": Name.FlateDecode,
        "DecodeParms": parameters,
    }
    return Packed(b"".join(idat), width, height, entries, kept=True)


def _fax(image: Image.Image) -> Packed:
    out = io.BytesIO()
    plain = image.copy()
    plain.info.clear()
    ifd = TiffImagePlugin.ImageFileDirectory_v2()
    ifd[278] = image.height  # RowsPerStrip: one strip
    plain.save(out, "TIFF", compression="group4", tiffinfo=ifd)
    with Image.open(out, formats=("TIFF",)) as packed:
        found = _strip(out.getvalue(), packed)
    if found is None:
        raise ValueError("a bilevel picture could not be packed")
    data, black_is_1 = found
    return Packed(data, image.width, image.height, _fax_entries(image, black_is_1), kept=False)


def _fax_strip(path: Path, image: Image.Image) -> Packed | None:
    try:
        found = _strip(path.read_bytes(), image)
    except (struct.error, *DAMAGED):
        return None
    if found is None:
        return None
    data, black_is_1 = found
    return Packed(data, image.width, image.height, _fax_entries(image, black_is_1), kept=True)


def _strip(data: bytes, image: Image.Image) -> tuple[bytes, bool] | None:
    """The one CCITT G4 strip of a TIFF frame, and whether 1 is black."""
    tags = image.tag_v2  # type: ignore[attr-defined]
    offsets, counts = tags.get(273, ()), tags.get(279, ())
    plain_g4 = tags.get(259) == 4 and tags.get(266, 1) == 1 and tags.get(258, (1,)) in ((1,), 1)
    if not plain_g4 or len(offsets) != 1 or len(counts) != 1 or image.mode != "1":
        return None
    strip = data[offsets[0] : offsets[0] + counts[0]]
    return (strip, tags.get(262, 0) == 0) if len(strip) == counts[0] else None


def _fax_entries(image: Image.Image, white_is_0: bool) -> dict[str, Any]:
    # G4 codes white and black runs; PhotometricInterpretation 0 (WhiteIsZero) is the usual fax:
    # PDF's BlackIs1 false maps the coded black to 0, which DeviceGray shows black.
    parameters = Dictionary(K=-1, Columns=image.width, Rows=image.height)
    if not white_is_0:
        parameters["/BlackIs1"] = True
    return {
        "ColorSpace": Name.DeviceGray,
        "BitsPerComponent": 1,
        "Filter": Name.CCITTFaxDecode,
        "DecodeParms": parameters,
    }
