"""A picture as an image object of a PDF: its stored bytes where PDF can carry them, else lossless.

JPEG, JPEG 2000, PNG and single-strip CCITT G4 keep their compressed bytes; everything else is
decoded and packed without loss (bilevel as G4, the rest as Flate with PNG predictors). Stored bytes
are not turned: ``Packed.orientation`` says how they are shown.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image, ImageChops, TiffImagePlugin

from ocr.image_files import jp2, jpeg, png
from ocr.image_files.albums import load_frame, open_album
from ocr.image_files.flat import on_white
from ocr.image_files.frames import Frame
from ocr.image_files.tiff.tiff_album import TiffAlbum

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
    orientation: int = 1  #: mark by which it has to be turned to be shown


def put(pdf: pikepdf.Pdf, packed: Packed) -> pikepdf.Stream:
    """The picture as an image XObject of this PDF."""
    entries = dict(packed.entries)
    if packed.icc is not None:
        entries["ColorSpace"] = _in_profile(pdf, entries["ColorSpace"], packed.icc)
    return pdf.make_stream(  # made indirect by pikepdf
        packed.data,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=packed.width,
        Height=packed.height,
        **entries,
    )


def _in_profile(pdf: pikepdf.Pdf, space: Any, icc: bytes) -> pikepdf.Array:
    """The colour space by this profile instead of the device's (ISO 32000-1, 8.6.5.5)."""
    indexed = isinstance(space, Array)
    components = 1 if space == Name.DeviceGray else 3
    own = Array([Name.ICCBased, pdf.make_stream(icc, N=components)])
    return Array([Name.Indexed, own, space[2], space[3]]) if indexed else own


def pack_file(path: Path, number: int, frame: Frame) -> Packed:
    """A frame of an image file; stored bytes only where the file is whole and nothing was changed.

    ``frame`` may be of luma alone: it is decoded in colour where its stored bytes cannot be kept.
    """
    kept = _stored(path, number, frame) if frame.whole and frame.is_as_stored else None
    if kept is not None:
        return replace(kept, orientation=frame.orientation)
    return pack_frame(load_frame(path, number) if frame.luma else frame)


def _stored(path: Path, number: int, frame: Frame) -> Packed | None:
    if frame.format == "JPEG":
        return _jpeg(path.read_bytes(), frame)
    if frame.format == "JPEG2000":
        return _jpeg2000(path.read_bytes(), frame)
    if frame.format == "PNG":
        return _png(path.read_bytes())
    album = open_album(path)
    return _fax_strip(album, number) if isinstance(album, TiffAlbum) else None


def pack_frame(frame: Frame) -> Packed:
    """A decoded frame without loss, its colour profile included."""
    if frame.deep is not None:
        packed = replace(_deep(frame.deep), orientation=frame.orientation)
    else:
        packed = pack(frame.image)
    return replace(packed, icc=_profile(frame.icc, packed.entries["ColorSpace"]))


def _deep(samples: np.ndarray[Any, np.dtype[np.uint16]]) -> Packed:
    """16 bits a colour, which Pillow has no mode for."""
    height, width, _ = samples.shape
    data = zlib.compress(samples.astype(">u2").tobytes(), 6)
    entries = {"ColorSpace": Name.DeviceRGB, "BitsPerComponent": 16, "Filter": Name.FlateDecode}
    return Packed(data, width, height, entries, kept=False)


def pack(image: Image.Image) -> Packed:
    """Any decoded picture of mode ``1``, ``L``, ``I;16``, ``P`` or ``RGB``, without loss; others are
    laid on white and become RGB."""
    flat = on_white(image)
    if flat.mode == "1":
        return _fax(flat)
    if flat.mode not in ("L", "RGB", "P", "I;16"):
        flat = flat.convert("RGB")
    out = io.BytesIO()
    plain = flat.copy()
    plain.info.clear()
    plain.save(out, "PNG", compress_level=6)
    packed = _png(out.getvalue())
    if packed is None:
        raise ValueError(f"a picture of mode {flat.mode} cannot be packed")
    return replace(packed, kept=False)


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


def _jpeg(stored: bytes, frame: Frame) -> Packed | None:
    repaired = jpeg.with_true_height(stored)
    data = repaired or stored
    head = jpeg.read_jpeg(data)
    if head is None or head.coding or head.is_contradictory:
        return None  # PDF knows baseline and progressive coding alone (ISO 32000-1, 7.4.8)
    space = {1: Name.DeviceGray, 3: Name.DeviceRGB}.get(len(head.components))
    if space is None:  # CMYK has no colour of its own in a file with an sRGB intent
        return None
    entries = {"ColorSpace": space, "BitsPerComponent": 8, "Filter": Name.DCTDecode}
    if head.is_plain_rgb and head.adobe is None:
        entries["DecodeParms"] = Dictionary(ColorTransform=0)
    width, height = _stored_size(frame)
    icc = _profile(frame.icc, space)
    return Packed(data[: head.end], width, height, entries, kept=repaired is None, icc=icc)


def _stored_size(frame: Frame) -> tuple[int, int]:
    width, height = frame.image.size
    return (height, width) if frame.orientation >= 5 else (width, height)


def _jpeg2000(data: bytes, frame: Frame) -> Packed | None:
    head = jp2.read_jp2(data)
    if isinstance(head, str) or not head.is_plain:
        return None
    space = Name.DeviceGray if head.colour is jp2.Colour.GREY else Name.DeviceRGB
    entries = {"ColorSpace": space, "BitsPerComponent": head.depth, "Filter": Name.JPXDecode}
    icc = _profile(head.icc, space)
    return Packed(data, frame.image.width, frame.image.height, entries, kept=True, icc=icc)


def _profile(profile: bytes | None, space: Any) -> bytes | None:
    """The picture's own ICC profile, where PDF/A may carry it (ISO 19005-2, 6.2.4.2)."""
    if profile is None or len(profile) < 132 or profile[36:40] != b"acsp":
        return None
    wanted = b"GRAY" if space == Name.DeviceGray else b"RGB "
    honest = struct.unpack(">I", profile[:4])[0] == len(profile) and profile[8] <= 4
    fits = profile[12:16] in ICC_CLASSES and profile[16:20] == wanted
    return profile if honest and fits else None


def _png(data: bytes) -> Packed | None:
    """A PNG's own compressed bytes; None for transparency, interlacing and damage."""
    head = png.read_head(data)
    idat, palette, icc = [], b"", None
    for name, body in png.chunks(data):
        if name == b"PLTE":
            palette = body
        elif name == b"tRNS":
            return None
        elif name == b"iCCP":
            icc = png.profile(body)
        elif name == b"IDAT":
            idat.append(body)
    if head.has_alpha or head.interlaced or not idat or (head.kind == png.PALETTE and not palette):
        return None
    colors = 3 if head.kind == png.RGB else 1
    space: Any = {png.GREY: Name.DeviceGray, png.RGB: Name.DeviceRGB}.get(head.kind)
    if head.kind == png.PALETTE:
        most = min(len(palette) // 3, 1 << head.depth) - 1
        table = pikepdf.String(palette[: 3 * most + 3])
        space = Array([Name.Indexed, Name.DeviceRGB, most, table])
    entries = {
        "ColorSpace": space,
        "BitsPerComponent": head.depth,
        "Filter": Name.FlateDecode,
        "DecodeParms": Dictionary(
            Predictor=15, Colors=colors, BitsPerComponent=head.depth, Columns=head.width
        ),
    }
    icc = _profile(icc, space)
    return Packed(b"".join(idat), head.width, head.height, entries, kept=True, icc=icc)


def _fax(image: Image.Image) -> Packed:
    out = io.BytesIO()
    plain = image.copy()
    plain.info.clear()
    ifd = TiffImagePlugin.ImageFileDirectory_v2()
    ifd[278] = image.height  # RowsPerStrip: one strip
    plain.save(out, "TIFF", compression="group4", tiffinfo=ifd)
    with Image.open(out, formats=("TIFF",)) as packed:
        tags = packed.tag_v2  # type: ignore[attr-defined]
        at, count, white_is_0 = tags[273][0], tags[279][0], tags[262] == 0
    data = out.getvalue()[at : at + count]
    entries = _fax_entries(image.width, image.height, white_is_0)
    return Packed(data, image.width, image.height, entries, kept=False)


def _fax_strip(album: TiffAlbum, number: int) -> Packed | None:
    found = album.fax_strip(number)
    if found is None:
        return None
    data, white_is_0 = found
    width, height = album.stored_size(number)
    entries = _fax_entries(width, height, white_is_0)
    return Packed(data, width, height, entries, kept=True)


def _fax_entries(width: int, height: int, white_is_0: bool) -> dict[str, Any]:
    # G4 codes white and black runs; PhotometricInterpretation 0 (WhiteIsZero) is the usual fax:
    # PDF's BlackIs1 false maps the coded black to 0, which DeviceGray shows black.
    parameters = Dictionary(K=-1, Columns=width, Rows=height)
    if not white_is_0:
        parameters["/BlackIs1"] = True
    return {
        "ColorSpace": Name.DeviceGray,
        "BitsPerComponent": 1,
        "Filter": Name.CCITTFaxDecode,
        "DecodeParms": parameters,
    }
