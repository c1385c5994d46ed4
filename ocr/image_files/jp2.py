"""What the boxes of a JPEG 2000 file say about its colours (ITU-T T.800, Annex I; T.801, Annex M)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, unique

CODESTREAM = b"\xff\x4f\xff\x51"
MOST_BOXES = 1000
#: Other forms of the family, by the brand at the beginning: they hold several pictures.
_FORMS = {
    b"jpm ": "Mischseiten (JPM, ISO/IEC 15444-6)",
    b"mjp2": "bewegten Bildern (MJ2, ISO/IEC 15444-3)",
}


@unique
class Colour(Enum):
    """What the decoded channels are."""

    GREY = 1
    RGB = 3
    YCC = 18  #: sYCC, which the decoder turns into RGB
    CMYK = 4


_ENUMERATED = {12: Colour.CMYK, 16: Colour.RGB, 17: Colour.GREY, 18: Colour.YCC}
_NAMES = {
    0: "zweiwertigen Farben",
    1: "YCbCr-Farben (1)",
    3: "YCbCr-Farben (2)",
    4: "YCbCr-Farben (3)",
    9: "PhotoYCC-Farben",
    11: "CMY-Farben",
    13: "YCCK-Farben",
    14: "CIELab-Farben",
    15: "zweiwertigen Farben",
    19: "CIEJab-Farben",
    20: "e-sRGB-Farben",
    21: "ROMM-RGB-Farben",
    24: "e-sYCC-Farben",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Jp2:
    """Facts of one file that we understand."""

    width: int
    height: int
    colour: Colour
    depth: int  #: bits of each channel
    alpha: bool  #: the last channel is opacity
    further: bool  #: the last channel means nothing for the picture
    palette: bytes | None  #: red, green and blue of each index
    icc: bytes | None
    stated: bool  #: the file says what its colours are; False: a bare codestream

    @property
    def is_plain(self) -> bool:
        """Channels that are grey or RGB and nothing else, said in one way: PDF may carry them."""
        plain = self.stated and self.colour in (Colour.GREY, Colour.RGB)
        return plain and not (self.alpha or self.further or self.palette)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    width: int
    height: int
    depths: tuple[int, ...]
    signed: bool
    subsampled: bool


def read_jp2(data: bytes) -> Jp2 | str:
    """The facts, or what we do not understand, as German words in the dative.

    Raises:
        ValueError: the file is damaged.
    """
    if data[:4] == CODESTREAM:
        return _facts(_size(data, 0), None)
    header, at = None, None
    for kind, start, end in _boxes(data, 0, len(data)):
        if kind == b"ftyp" and data[start : start + 4] in _FORMS:
            return _FORMS[data[start : start + 4]]
        if kind == b"jp2h" and header is None:
            header = {name: data[a:b] for name, a, b in reversed(list(_boxes(data, start, end)))}
        elif kind == b"jp2c":
            at = start
            break
    if at is None or header is None:
        raise ValueError("a JPEG 2000 file without header or codestream")
    return _facts(_size(data, at), header)


def boxes(data: bytes) -> set[bytes]:
    """The names of a file's outermost boxes, also of one in the ISO base media format."""
    return {kind for kind, _, _ in _boxes(data, 0, len(data))}


def codestreams(data: bytes) -> int:
    """How many pictures the file holds side by side (of extended files, T.801, Annex M)."""
    return max(1, sum(kind == b"jp2c" for kind, _, _ in _boxes(data, 0, len(data))))


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    for _ in range(MOST_BOXES):
        if at + 8 > end:
            return
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        start = at + 8
        if length == 1 and at + 16 <= end:
            length, start = struct.unpack(">Q", data[at + 8 : at + 16])[0], at + 16
        after = end if length == 0 else at + length
        if after < start:
            return
        yield kind, start, min(after, end)
        at = after


def _size(data: bytes, at: int) -> _Size:
    """The image and tile size segment (A.5.1)."""
    if data[at : at + 4] != CODESTREAM or len(data) < at + 42:
        raise ValueError("a JPEG 2000 codestream without its size")
    fields = struct.unpack(">HHIIIIIIIIH", data[at + 4 : at + 42])
    _, _, right, bottom, left, top, *_, count = fields
    parts = data[at + 42 : at + 42 + 3 * count]
    if len(parts) < 3 * count or not count:
        raise ValueError("a JPEG 2000 codestream without components")
    return _Size(
        width=right - left,
        height=bottom - top,
        depths=tuple((part & 0x7F) + 1 for part in parts[::3]),
        signed=any(part & 0x80 for part in parts[::3]),
        subsampled=any(step != 1 for n, step in enumerate(parts) if n % 3),
    )


def _facts(size: _Size, header: dict[bytes, bytes] | None) -> Jp2 | str:
    depth, count = size.depths[0], len(size.depths)
    if size.signed:
        return "Werten mit Vorzeichen"
    if size.subsampled:
        return "verkleinerten Farbkanälen"
    if set(size.depths) != {depth} or depth not in (8, 16):
        return f"{max(size.depths)} Bit je Farbe"
    if header is None:
        found = {1: Colour.GREY, 3: Colour.RGB}.get(count)
        if found is None:
            return f"{count} Kanälen ohne Farbangabe"
        icc, further, palette = None, None, None
    else:
        colour = _colour(header)
        if isinstance(colour, str):
            return colour
        found, icc = colour
        palette = _palette(header) if b"pclr" in header else None
        if palette == b"" or (palette and (count != 1 or found is not Colour.RGB)):
            return "einer Farbtabelle, die keine RGB-Farben enthält"
        count = 3 if palette else count
        further = _further(header, count, found)
    channels = {Colour.GREY: 1, Colour.CMYK: 4}.get(found, 3)
    if further == "?" or (further == "alpha" and found in (Colour.CMYK, Colour.YCC)):
        return "Kanälen unbekannter Bedeutung"
    if count - channels != (further is not None):
        return f"{count} Kanälen"
    return Jp2(
        width=size.width,
        height=size.height,
        colour=found,
        depth=depth,
        alpha=further == "alpha",
        further=further == "none",
        palette=palette,
        icc=icc,
        stated=header is not None,
    )


def _colour(header: dict[bytes, bytes]) -> tuple[Colour, bytes | None] | str:
    """Of the first colour specification box (I.5.3.3)."""
    box = header.get(b"colr", b"")
    if len(box) < 3:
        return "fehlender Farbangabe"
    if box[0] == 1 and len(box) >= 7:
        number = struct.unpack(">I", box[3:7])[0]
        found = _ENUMERATED.get(number)
        return (found, None) if found else _NAMES.get(number, f"Farbangabe {number}")
    if box[0] in (2, 3) and box[39:43] == b"acsp":
        found = {b"GRAY": Colour.GREY, b"RGB ": Colour.RGB}.get(box[19:23])
        return (found, box[3:]) if found else "einem Farbprofil, das nicht RGB oder Grau ist"
    return "einer Farbangabe, die dieses Programm nicht kennt"


def _palette(header: dict[bytes, bytes]) -> bytes:
    """Three columns of 8 bits, used in their order (I.5.3.4, I.5.3.5); empty where it is another."""
    box = header[b"pclr"]
    in_order = bytes([0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1, 2])
    count = int.from_bytes(box[:2], "big")
    fits = box[2:6] == b"\3\7\7\7" and header.get(b"cmap") == in_order and count <= 256
    return box[6 : 6 + 3 * count] if fits and len(box) >= 6 + 3 * count else b""


def _further(header: dict[bytes, bytes], count: int, colour: Colour) -> str | None:
    """What the channel after the colours is (I.5.3.6): alpha, none, ? or None: there is none."""
    channels = {Colour.GREY: 1, Colour.CMYK: 4}.get(colour, 3)
    box = header.get(b"cdef")
    if box is None:
        return "?" if count > channels else None
    found: str | None = None
    for at in range(2, len(box) - 5, 6):
        channel, kind, belongs = struct.unpack(">HHH", box[at : at + 6])
        if channel < channels:
            if kind != 0 or belongs not in (channel + 1, 0 if channels == 1 else channel + 1):
                return "?"
        else:
            found = {1: "alpha", 65535: "none"}.get(kind, "?")
    return found or ("?" if count > channels else None)
