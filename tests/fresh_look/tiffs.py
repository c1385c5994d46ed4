"""TIFF files written entry by entry."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from tests.fresh_look.drawing import A5, bilevel, grey, sheet
from tests.fresh_look.model import Case, Expected, Pages, Shows, case
from tests.fresh_look.scans import fax

CASES: list[Case] = []
KIND = "TIFF"
SHORT, LONG, RATIONAL = 3, 4, 5
SIZE = (419.4, 595.4)
Entry = tuple[int, int, tuple[int, ...]]  #: tag, type, values (of a rational: 1/100)


@dataclass(slots=True)
class Frame:
    """One image file directory and its strips."""

    size: tuple[int, int]
    bits: tuple[int, ...]
    photometric: int
    strips: list[bytes]
    compression: int = 1
    rows: int = 0
    more: list[Entry] = field(default_factory=list)
    resolution: tuple[int, int, int] | None = (20000, 20000, 2)

    def entries(self) -> list[Entry]:
        made: list[Entry] = [
            (256, LONG, (self.size[0],)),
            (257, LONG, (self.size[1],)),
            (258, SHORT, self.bits),
            (259, SHORT, (self.compression,)),
            (262, SHORT, (self.photometric,)),
            (277, SHORT, (len(self.bits),)),
            (278, LONG, (self.rows or self.size[1],)),
        ]
        if self.resolution:
            x, y, unit = self.resolution
            made += [(282, RATIONAL, (x,)), (283, RATIONAL, (y,)), (296, SHORT, (unit,))]
        return made + self.more


def write(path: Path, frames: Sequence[Frame], order: str = "<") -> None:
    data = bytearray({"<": b"II*\0", ">": b"MM\0*"}[order] + bytes(4))
    link = 4
    for frame in frames:
        places = []
        for strip in frame.strips:
            places.append(len(data))
            data += strip + bytes(len(strip) % 2)
        lengths = tuple(map(len, frame.strips))
        entries = frame.entries() + [(273, LONG, tuple(places)), (279, LONG, lengths)]
        rows = bytearray()
        for tag, kind, values in sorted(entries):
            flat = [one for value in values for one in (value, 100)] if kind == RATIONAL else values
            packed = struct.pack(f"{order}{len(flat)}{'H' if kind == SHORT else 'I'}", *flat)
            if len(packed) > 4:
                place = len(data)
                data += packed
                packed = struct.pack(f"{order}I", place)
            rows += struct.pack(f"{order}HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
        data += bytes(len(data) % 2)
        struct.pack_into(f"{order}I", data, link, len(data))
        data += struct.pack(f"{order}H", len(entries)) + rows
        link = len(data)
        data += bytes(4)
    path.write_bytes(data)


def _meant(*words: str, kind: str = "colour") -> Pages:
    draw = {"colour": sheet, "grey": grey, "bilevel": bilevel}[kind]
    return lambda: [draw(word).convert("RGB") for word in words]


def _shown(*words: str, kind: str = "colour", codes: tuple[str, ...] = ()) -> Expected:
    return Expected(
        pages=len(words), words=words, codes=codes, size=SIZE, shows=Shows.PICTURE,
        picture=_meant(*words, kind=kind),
    )  # fmt: skip


def _colour_frame(image: Image.Image, **more: object) -> Frame:
    frame = Frame(image.size, (8, 8, 8), 2, [image.convert("RGB").tobytes()])
    for name, value in more.items():
        setattr(frame, name, value)
    return frame


@case(CASES, KIND, ".tif", _shown("Gerste", kind="bilevel", codes=("scan.monochrome",)))
def fill_order_2(path: Path) -> None:
    """Group 4 whose bytes are stored with the lowest bit first (FillOrder 2).

    Source: https://github.com/python-pillow/Pillow/issues/279. Expected: readable, black on white.
    """
    image = bilevel("Gerste")
    turned = bytes(int(f"{value:08b}"[::-1], 2) for value in fax(image))
    write(path, [Frame(image.size, (1,), 1, [turned], 4, more=[(266, SHORT, (2,))])])


@case(CASES, KIND, ".tif", _shown("Hafer"))
def separate_planes(path: Path) -> None:
    """Red, green and blue in planes of their own, in deflated strips.

    Source: https://github.com/python-pillow/Pillow/issues/4621. Expected: all colours in place.
    """
    image = sheet("Hafer")
    strips = [
        zlib.compress(plane.crop((0, top, image.width, min(top + 200, image.height))).tobytes())
        for plane in image.split()
        for top in range(0, image.height, 200)
    ]
    more: list[Entry] = [(284, SHORT, (2,))]
    write(path, [Frame(image.size, (8, 8, 8), 2, strips, 8, 200, more)])


_TURNS = (  # orientation, how an upright picture is stored so that it shows upright
    (1, None),
    (6, Image.Transpose.ROTATE_90),
    (3, Image.Transpose.ROTATE_180),
    (8, Image.Transpose.ROTATE_270),
    (5, Image.Transpose.TRANSPOSE),
)


@case(CASES, KIND, ".tif", _shown("Roggen", "Weizen", "Hirse", "Dinkel", "Linse"))
def frames_of_all_orientations(path: Path) -> None:
    """Five frames with the orientations 1, 6, 3, 8 and 5, in several deflated strips.

    Source: https://github.com/ImageMagick/ImageMagick/issues/7147. Expected: five upright pages.
    """
    frames = []
    words = ("Roggen", "Weizen", "Hirse", "Dinkel", "Linse")
    for word, (orientation, turn) in zip(words, _TURNS, strict=True):
        image = sheet(word) if turn is None else sheet(word).transpose(turn)
        strips = [
            zlib.compress(image.crop((0, y, image.width, min(y + 128, image.height))).tobytes())
            for y in range(0, image.height, 128)
        ]
        more: list[Entry] = [(274, SHORT, (orientation,))]
        frames.append(Frame(image.size, (8, 8, 8), 2, strips, 8, 128, more))
    write(path, frames)


@case(CASES, KIND, ".tif", _shown("Bohne"))
def jpeg_strips_turned(path: Path) -> None:
    """JPEG in strips (YCbCr) with orientation 8.

    Source: https://github.com/deckerst/aves/issues/1890. Expected: upright, all strips in place.
    """
    image = sheet("Bohne").transpose(Image.Transpose.ROTATE_270)
    image.save(
        path, "TIFF", compression="jpeg", quality=90, dpi=(200, 200), tiffinfo={274: 8, 278: 64}
    )


@case(CASES, KIND, ".tif", _shown("Erbse", kind="grey"))
def resolution_in_centimetres(path: Path) -> None:
    """78.74 pixels a centimetre.

    Source: https://github.com/galfar/deskew/issues/6. Expected: A5, no word on a low resolution.
    """
    image = grey("Erbse")
    frame = Frame(image.size, (8,), 1, [image.tobytes()], resolution=(7874, 7874, 3))
    write(path, [frame])


@case(CASES, KIND, ".tif", Expected(words=("Mohn",), shows=Shows.PICTURE,
      picture=_meant("Mohn", kind="grey"), untrue=r"mit [01] dpi"))  # fmt: skip
def resolution_without_unit(path: Path) -> None:
    """Resolution 1 x 1 with the unit "none": nothing but an aspect ratio.

    Source: https://github.com/marcinz606/NegPy/issues/939. Expected: archived at a sensible size; no
    finding that claims 1 dpi was measured.
    """
    image = grey("Mohn")
    frame = Frame(image.size, (8,), 1, [image.tobytes()], resolution=(100, 100, 1))
    write(path, [frame])


@case(CASES, KIND, ".tif", _shown("Hopfen", kind="grey"))
def grey_of_4_bits_white_is_zero(path: Path) -> None:
    """Four bits a pixel, white is zero.

    Source: https://github.com/python-pillow/Pillow/pull/938. Expected: black on white.
    """
    image = ImageOps.invert(grey("Hopfen")).resize((A5[0] + 1, A5[1]))
    nibbles = np.asarray(image) >> 4
    packed = ((nibbles[:, 0::2] << 4) | nibbles[:, 1::2]).astype(np.uint8)
    write(path, [Frame(image.size, (4,), 0, [packed.tobytes()])])


@case(CASES, KIND, ".tif", _shown("Tabak"))
def four_inks(path: Path) -> None:
    """CMYK, uncompressed.

    Source: https://github.com/python-pillow/Pillow/issues/4860 (inverted in PDF). Expected: red is red.
    """
    image = sheet("Tabak").convert("CMYK")
    write(path, [Frame(image.size, (8,) * 4, 5, [image.tobytes()], more=[(332, SHORT, (1,))])])


@case(CASES, KIND, ".tif", Expected(outcomes=("archived", "held"), words=("Zwiebel",), size=SIZE,
      shows=Shows.PICTURE, picture=_meant("Zwiebel"), untrue="(?i)neu scannen|beschädigt"))  # fmt: skip
def palette_of_8_bits(path: Path) -> None:
    """A colour map whose values go to 255 instead of 65535, as older programs write it.

    Source: https://github.com/python-pillow/Pillow/issues/2157 (black). Expected: as libtiff shows it, or
    held as a kind that is not understood.
    """
    image = sheet("Zwiebel").quantize(64, dither=Image.Dither.NONE)
    palette = (image.getpalette() or []) + [0] * 768
    colours = tuple(palette[index * 3 + part] for part in range(3) for index in range(256))
    write(path, [Frame(image.size, (8,), 3, [image.tobytes()], more=[(320, SHORT, colours)])])


@case(CASES, KIND, ".tif", _shown("Knoblauch", "Sellerie", kind="grey"))
def thumbnails_between_pages(path: Path) -> None:
    """Each of two pages is followed by a reduced image of itself (NewSubfileType 1).

    Source: https://github.com/EasyinnovaSL/DPFManager/issues/314. Expected: two pages.
    """
    frames = []
    for word in ("Knoblauch", "Sellerie"):
        image = grey(word)
        small = image.resize((146, 207))
        frames.append(Frame(image.size, (8,), 1, [image.tobytes()], more=[(254, LONG, (2,))]))
        frames.append(Frame(small.size, (8,), 1, [small.tobytes()], more=[(254, LONG, (1,))]))
    write(path, frames)


@case(CASES, KIND, ".tif", Expected(outcomes=("archived", "held"), words=("Karotte",), size=SIZE,
      shows=Shows.PICTURE, picture=_meant("Karotte", kind="grey"),
      untrue="(?i)neu scannen|beschädigt"))  # fmt: skip
def grey_of_floats(path: Path) -> None:
    """Grey as 32-bit floating point between 0 and 1.

    Source: https://github.com/python-pillow/Pillow/pull/614. Expected: shown right, or held as a kind
    of picture that is not understood; scanning anew would not help.
    """
    image = np.asarray(grey("Karotte"), np.float32) / 255
    frame = Frame(A5, (32,), 1, [image.astype("<f4").tobytes()], more=[(339, SHORT, (3,))])
    write(path, [frame])


@case(CASES, KIND, ".tif", _shown("Spinat"))
def colour_of_16_bits(path: Path) -> None:
    """RGB with 16 bits a channel in the byte order of Motorola.

    Source: https://github.com/python-pillow/Pillow/issues/274 (cut off at 255). Expected: as meant.
    """
    wide = np.asarray(sheet("Spinat"), np.uint16) * 257
    write(path, [Frame(A5, (16, 16, 16), 2, [wide.astype(">u2").tobytes()])], ">")


@case(CASES, KIND, ".tif", _shown("Kohlrabi"))
def clear_background(path: Path) -> None:
    """RGB with alpha (ExtraSamples 2); the paper is clear, its colour below is black.

    Source: https://github.com/tesseract-ocr/tesseract/issues/3647 (black page). Expected: on white.
    """
    image = sheet("Kohlrabi").convert("RGBA")
    pixels = np.array(image)
    pixels[(pixels[..., :3] > 250).all(axis=2)] = 0
    frame = Frame(A5, (8,) * 4, 2, [pixels.tobytes()], more=[(338, SHORT, (2,))])
    write(path, [frame])


@case(CASES, KIND, ".tif", _shown("Kresse", "Fenchel"))
def resolution_of_each_frame(path: Path) -> None:
    """Two frames of A5, the second at 300 dpi; what holds for one must not hold for the other.

    No report. Expected: two pages of A5.
    """
    second = sheet("Fenchel").resize((A5[0] * 3 // 2, A5[1] * 3 // 2))
    write(
        path, [_colour_frame(sheet("Kresse")), _colour_frame(second, resolution=(30000, 30000, 2))]
    )
