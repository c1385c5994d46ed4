"""One picture of a TIFF file, decoded from a clean file of its own.

Its stored strips or tiles are put behind a new directory that holds only what we read ourselves, so
nothing of another page, of damaged tags or of the byte order of the file plays a part.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image, ImageChops

from ocr.image_files.jpeg import read_jpeg, with_plain_sampling
from ocr.image_files.tiff.directories import Directory, Value
from ocr.image_files.tiff.layout import JPEGS, WITHOUT_LOSS, Compression, Layout, Photometric

REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
SHORT, LONG, UNDEFINED, RATIONAL = 3, 4, 7, 5
Samples = np.ndarray[Any, np.dtype[Any]]  #: rows x columns x samples


class OldJpeg(Exception):
    """JPEG of the withdrawn kind (TIFF 6.0, section 22) that is no complete JPEG stream."""


class UnknownSample(Exception):
    """Each pixel has a value of which the file does not say what it means, and that varies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The strips or tiles as stored, the highest bit first."""

    pieces: tuple[bytes, ...]
    whole: bool  #: False: some are missing, or cut off by the end of the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Raster:
    """A decoded picture as stored, not yet turned; black is 0."""

    image: Image.Image
    deep: Samples | None = None  #: rows x columns x 3, where 8 bits a colour were not enough


def stored(path: Path, directory: Directory, layout: Layout) -> Stored:
    """The compressed data of a picture, as far as the file holds them."""
    tiled = layout.tile is not None
    offsets = directory.numbers(324 if tiled else 273)[: layout.pieces]
    counts = directory.numbers(325 if tiled else 279)
    pieces: list[bytes] = []
    whole = len(offsets) == layout.pieces
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        for number, offset in enumerate(offsets):
            wanted = int(counts[number]) if number < len(counts) else 0
            if not wanted:  # missing in old files
                wanted = _probable_size(layout, number, size - int(offset))
            if (
                layout.compression is Compression.NONE
                and layout.photometric is not Photometric.YCBCR
            ):
                wanted = layout.piece_size(number)  # whatever is counted, which may be wrong
            piece = _read(file, int(offset), min(wanted, size))
            whole = whole and bool(piece) and len(piece) == wanted
            pieces.append(piece)
    if layout.reversed and layout.compression not in JPEGS:
        pieces = [piece.translate(REVERSED) for piece in pieces]
    return Stored(pieces=tuple(pieces), whole=whole)


def contradicts_itself(layout: Layout, found: Stored) -> bool:
    """Whether JPEG data say of their colours something else than the picture's tags do.

    Readers differ about which of both holds.
    """
    head = read_jpeg(found.pieces[0]) if found.pieces else None
    if layout.compression is not Compression.JPEG or head is None:
        return False
    return {
        Photometric.RGB: head.jfif or head.adobe == 1,
        Photometric.YCBCR: head.adobe == 0,
        Photometric.SEPARATED: head.adobe is not None,
    }.get(layout.photometric, False)


def _probable_size(layout: Layout, number: int, left: int) -> int:
    if layout.compression is Compression.NONE:
        return layout.piece_size(number)
    return left if layout.pieces == 1 else 0


def _read(file: IO[bytes], offset: int, count: int) -> bytes:
    file.seek(offset)
    return file.read(count)


# ------------------------------------------------------------------ a file of its own


def clean_file(directory: Directory, layout: Layout, pieces: tuple[bytes, ...]) -> bytes:
    """A TIFF of this picture alone, as the decoder understands it; not turned, black is 0."""
    tags: dict[int, Value] = {
        256: (layout.width,),
        257: (layout.height,),
        258: (layout.bits,) * layout.samples,
        259: (layout.compression,),
        262: (max(layout.photometric, Photometric.BLACK_IS_ZERO),),
        277: (layout.samples,),
        284: (2 if layout.separate else 1,),
    }
    for tag in (292, 293, 347, 529, 530, 531, 532):
        own = tag == 530 and layout.compression is Compression.JPEG  # the data say it themselves
        if tag in directory.tags and not own:
            tags[tag] = directory.tags[tag]
    if layout.photometric is Photometric.PALETTE:
        tags[320] = _colour_map(directory)
    if layout.tile:
        tags |= {322: (layout.tile[0],), 323: (layout.tile[1],)}
    else:
        tags[278] = (layout.rows,)
    places = (324, 325) if layout.tile else (273, 279)
    at, offsets = 8, []
    for piece in pieces:
        offsets.append(at)
        at += len(piece) + len(piece) % 2
    tags |= {places[0]: tuple(offsets), places[1]: tuple(map(len, pieces))}
    body = b"".join(piece + b"\0" * (len(piece) % 2) for piece in pieces)
    return b"II*\0" + struct.pack("<I", at) + body + _directory(tags, at)


def _colour_map(directory: Directory) -> tuple[float, ...]:
    """16 bits a colour; some writers put 8 there, which would all be black."""
    values = directory.numbers(320)
    return tuple(value * 257 for value in values) if max(values) < 256 else values


def _directory(tags: dict[int, Value], at: int) -> bytes:
    entries, beyond = b"", b""
    after = at + 2 + 12 * len(tags) + 4
    for tag, value in sorted(tags.items()):
        kind, count, raw = _field(tag, value)
        if len(raw) > 4:
            raw, beyond = struct.pack("<I", after + len(beyond)), beyond + raw
            beyond += b"\0" * (len(beyond) % 2)
        entries += struct.pack("<HHI", tag, kind, count) + raw.ljust(4, b"\0")
    return struct.pack("<H", len(tags)) + entries + b"\0" * 4 + beyond


def _field(tag: int, value: Value) -> tuple[int, int, bytes]:
    if isinstance(value, bytes):
        return UNDEFINED, len(value), value
    if tag in (529, 532):
        parts = [round(each * 10_000) for each in value]
        return RATIONAL, len(parts), b"".join(struct.pack("<II", x, 10_000) for x in parts)
    numbers = [int(each) for each in value]
    long = tag in (256, 257, 273, 278, 279, 322, 323, 324, 325)
    letters = ("I" if long else "H") * len(numbers)
    return LONG if long else SHORT, len(numbers), struct.pack("<" + letters, *numbers)


# ------------------------------------------------------------------ decoding


def decoded(directory: Directory, layout: Layout, pieces: tuple[bytes, ...]) -> Raster:
    """The picture.

    Raises:
        OSError, ValueError, SyntaxError and more of ``ocr.page_sources.source_image.DAMAGED``: it
        is damaged. UnknownSample: it may be transparent or not.
    """
    if layout.bits in (8, 16, 32) and _is_plain(layout) and not _is_usual(directory, layout):
        samples = _samples(directory, layout, pieces)
        if layout.photometric is Photometric.PALETTE:
            return Raster(image=_indexed(samples, directory))
        return _meant(samples, layout)
    if layout.compression is Compression.NONE and layout.photometric is Photometric.YCBCR:
        # Subsampled rows are no rows of pixels: the way that knows them wants a coding.
        layout = replace(layout, compression=Compression.DEFLATE)
        pieces = tuple(zlib.compress(piece, 1) for piece in pieces)
    if layout.compression is Compression.JPEG:
        pieces = tuple(map(with_plain_sampling, pieces))
    image = opened(clean_file(directory, layout, pieces))
    image.load()
    if layout.bits == 12:
        values = np.asarray(image).astype(np.uint16)
        image = Image.fromarray(values << 4 | values >> 8)
    return Raster(image=_black_is_zero(image, layout))


def _is_plain(layout: Layout) -> bool:
    return layout.compression in WITHOUT_LOSS and layout.photometric is not Photometric.YCBCR


def _is_usual(directory: Directory, layout: Layout) -> bool:
    """Grey of 8 bits, compressed: the decoder's own picture is right, at a third of the memory."""
    return (
        layout.bits == 8
        and layout.samples == 1
        and layout.photometric is not Photometric.PALETTE
        and layout.compression is not Compression.NONE
        and directory.integer(317, 1) == 1
    )


def opened(data: bytes) -> Image.Image:
    """A clean file as Pillow opens it, not yet decoded."""
    return Image.open(io.BytesIO(data), formats=("TIFF",))


def _black_is_zero(image: Image.Image, layout: Layout) -> Image.Image:
    if layout.photometric is not Photometric.WHITE_IS_ZERO:
        return image
    if image.mode == "I;16":
        return Image.fromarray(np.uint16(65535) - np.asarray(image))
    return ImageChops.invert(image)


def _samples(directory: Directory, layout: Layout, pieces: tuple[bytes, ...]) -> Samples:
    """Rows x columns x samples; the decoder only unpacks bytes, as if they were grey pixels."""
    planes = layout.samples if layout.separate else 1
    each = layout.samples // planes
    wide = layout.bits // 8 * each
    as_bytes = replace(
        layout,
        width=layout.width * wide,
        bits=8,
        samples=1,
        extra=(),
        separate=False,
        photometric=Photometric.BLACK_IS_ZERO,
        tile=(layout.tile[0] * wide, layout.tile[1]) if layout.tile else None,
    )
    kind = np.dtype(f"{directory.order}u{layout.bits // 8}")
    found = []
    for plane in range(planes):
        own = pieces[plane * as_bytes.pieces : (plane + 1) * as_bytes.pieces]
        if layout.compression is Compression.NONE and not layout.tile:
            raw = own[0] if len(own) == 1 else b"".join(own)
        else:
            image = opened(clean_file(directory, as_bytes, own))
            image.load()
            raw = image.tobytes()
        values = np.frombuffer(raw, kind).reshape(layout.height, layout.width, each)
        found.append(_differences_added(values, directory, layout))
    return np.concatenate(found, axis=2) if planes > 1 else found[0]


def _differences_added(values: Samples, directory: Directory, layout: Layout) -> Samples:
    """Undo the horizontal predictor (TIFF 6.0, section 14), which starts anew in each tile."""
    if layout.compression is Compression.NONE or directory.integer(317, 1) != 2:
        return values
    wide = layout.tile[0] if layout.tile else layout.width
    kind = np.dtype(f"u{layout.bits // 8}")
    parts = [
        np.cumsum(values[:, x : x + wide], axis=1, dtype=kind) for x in range(0, layout.width, wide)
    ]
    return np.concatenate(parts, axis=1)


def _meant(samples: Samples, layout: Layout) -> Raster:
    """The picture that the samples mean; raises ``UnknownSample``."""
    if layout.bits == 32:
        samples = samples >> 16
    samples = samples.astype(np.uint8 if layout.bits == 8 else np.uint16)
    colours = samples.shape[2] - len(layout.extra)
    if not layout.declared and samples[:, :, colours].min() < samples[:, :, colours].max():
        raise UnknownSample
    if layout.photometric is Photometric.WHITE_IS_ZERO:
        samples[:, :, :colours] = ~samples[:, :, :colours]
    if colours == 1 and layout.extra in ((), (0,)):
        return Raster(image=Image.fromarray(np.ascontiguousarray(samples[:, :, 0])))
    eight = samples if layout.bits == 8 else (samples >> 8).astype(np.uint8)
    if layout.extra and layout.extra[0]:
        return Raster(image=_with_alpha(eight, associated=layout.extra[0] == 1))
    eight = np.ascontiguousarray(eight[:, :, :colours])
    image = Image.fromarray(eight, "CMYK" if colours == 4 else "RGB")
    deep = samples[:, :, :3] if layout.bits > 8 and colours == 3 else None
    return Raster(image=image, deep=deep)


def _indexed(samples: Samples, directory: Directory) -> Image.Image:
    image = Image.fromarray(np.ascontiguousarray(samples[:, :, 0]), "P")
    colours = np.array(_colour_map(directory), np.uint32).reshape(3, -1).T >> 8
    image.putpalette(colours.astype(np.uint8).tobytes())
    return image


def _with_alpha(samples: Samples, *, associated: bool) -> Image.Image:
    colours, alpha = samples[:, :, :-1].astype(np.uint32), samples[:, :, -1:]
    if associated:  # the colours have been multiplied by alpha
        colours = np.minimum(255, colours * 255 // np.maximum(alpha, 1))
    whole = np.concatenate([colours.astype(np.uint8), alpha], axis=2)
    return Image.fromarray(whole, "LA" if whole.shape[2] == 2 else "RGBA")


def old_jpeg(path: Path, directory: Directory, layout: Layout) -> Raster:
    """A picture whose data are one complete JPEG stream (JPEGInterchangeFormat).

    Raises:
        OldJpeg: they are not.
    """
    at, count = directory.integer(513, 0), directory.integer(514, 0)
    with path.open("rb") as file:
        size = file.seek(0, io.SEEK_END)
        data = _read(file, at, count or size - at) if 0 < at < size else b""
    try:
        image = Image.open(io.BytesIO(data), formats=("JPEG",))
        image.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise OldJpeg from error
    if image.size != (layout.width, layout.height) or image.mode not in ("L", "RGB"):
        raise OldJpeg
    return Raster(image=image)
