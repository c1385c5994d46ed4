"""Which pictures of a TIFF file we understand exactly, and how their samples lie in it.

What is not listed here is not guessed: it is held, with a reason that names it (TIFF 6.0; TIFF
Technical Notes; the registered compression numbers).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

from ocr.image_files.tiff.directories import Directory


class Photometric(IntEnum):
    """PhotometricInterpretation (262)."""

    WHITE_IS_ZERO = 0
    BLACK_IS_ZERO = 1
    RGB = 2
    PALETTE = 3
    SEPARATED = 5
    YCBCR = 6


class Compression(IntEnum):
    """Compression (259)."""

    NONE = 1
    HUFFMAN = 2
    G3 = 3
    G4 = 4
    LZW = 5
    OLD_JPEG = 6
    JPEG = 7
    DEFLATE = 8
    HUFFMAN_WORDS = 32771
    PACKBITS = 32773
    OLD_DEFLATE = 32946
    LZMA = 34925
    ZSTD = 50000


MOST_SAMPLES = 1000  #: beyond them it is damage
FAX = frozenset({Compression.HUFFMAN, Compression.G3, Compression.G4, Compression.HUFFMAN_WORDS})
JPEGS = frozenset({Compression.OLD_JPEG, Compression.JPEG})
WITHOUT_LOSS = frozenset(Compression) - FAX - JPEGS
_COLOURS = {
    4: "einer Transparenzmaske",
    8: "CIELab-Farben",
    9: "ICCLab-Farben",
    10: "ITULab-Farben",
    32803: "Rohdaten eines Kamerasensors (CFA)",
    32844: "LogL-Helligkeiten",
    32845: "LogLuv-Farben",
    34892: "Rohdaten eines Kamerasensors (LinearRaw)",
    51177: "einer Tiefenkarte",
}
_CODINGS = {
    9: "JBIG-Kompression",
    10: "JBIG-Kompression",
    32766: "NeXT-Kompression",
    32809: "ThunderScan-Kompression",
    32908: "PixarFilm-Kompression",
    32909: "PixarLog-Kompression",
    33003: "JPEG-2000-Kompression",
    33005: "JPEG-2000-Kompression",
    34661: "JBIG-Kompression",
    34676: "SGILog-Kompression",
    34677: "SGILog-Kompression",
    34712: "JPEG-2000-Kompression",
    34715: "JBIG2-Kompression",
    34718: "MDI-Kompression",
    34719: "MDI-Kompression",
    34720: "MDI-Kompression",
    34887: "LERC-Kompression",
    34892: "verlustbehafteter JPEG-Kompression (DNG)",
    50001: "WebP-Kompression",
    50002: "JPEG-XL-Kompression",
    52546: "JPEG-XL-Kompression",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How the samples of one picture lie and what they mean."""

    width: int
    height: int
    photometric: Photometric
    compression: Compression
    bits: int  #: of each sample
    samples: int  #: of a pixel, further ones included
    extra: tuple[int, ...]  #: ExtraSamples: 0 unspecified, 1 associated alpha, 2 unassociated
    declared: bool = True  #: False: the file is silent about its one extra sample, taken for a 0
    separate: bool  #: planes one after another (PlanarConfiguration 2)
    reversed: bool  #: the lowest bit of a byte comes first (FillOrder 2)
    tile: tuple[int, int] | None  #: width and height of tiles, None: strips
    rows: int  #: of a strip

    @property
    def pieces(self) -> int:
        """How many strips or tiles the picture has."""
        if self.tile:
            across, down = self.tile
            count = math.ceil(self.width / across) * math.ceil(self.height / down)
        else:
            count = math.ceil(self.height / self.rows)
        return count * (self.samples if self.separate else 1)

    def piece_size(self, number: int) -> int:
        """Bytes of strip or tile ``number`` without compression."""
        samples = 1 if self.separate else self.samples
        if self.tile:
            width, rows = self.tile
        else:
            down = number % math.ceil(self.height / self.rows)
            width, rows = self.width, min(self.rows, self.height - down * self.rows)
        return math.ceil(width * samples * self.bits / 8) * rows


def layout_of(directory: Directory) -> Layout | str:
    """The layout, or what about it we do not understand, as German words in the dative.

    Raises:
        ValueError: the picture has no size, or an impossible one.
    """
    width, height = directory.size
    if width < 1 or height < 1:
        raise ValueError("a TIFF picture without a size")
    samples = directory.integer(277, 1)
    read = _compression(directory), _photometric(directory, samples), _bits(directory, samples)
    for part in read:
        if isinstance(part, str):
            return part
    compression, photometric, bits = read
    assert not isinstance(compression, str)
    assert not isinstance(photometric, str)
    assert not isinstance(bits, str)
    tiles = (directory.integer(322, 0), directory.integer(323, 0))
    extra = tuple(map(int, directory.numbers(338)))
    silent = not extra and samples == _DEPTHS[photometric][0] + 1
    found = Layout(
        width=width,
        height=height,
        photometric=photometric,
        compression=compression,
        bits=bits,
        samples=samples,
        extra=(0,) if silent else extra,
        declared=not silent,
        separate=samples > 1 and directory.integer(284, 1) == 2,
        reversed=directory.integer(266, 1) == 2,
        tile=tiles if all(tiles) else None,
        rows=min(height, max(0, directory.integer(278, height)) or height),
    )
    return _doubt(directory, found) or found


def _compression(directory: Directory) -> Compression | str:
    number = directory.integer(259, 1)
    if number in (Compression.G3, Compression.G4) and directory.integer(289 + number, 0) & 2:
        return "unkomprimierten Faxzeilen (Uncompressed Mode)"  # T4Options 292, T6Options 293
    try:
        return Compression(number)
    except ValueError:
        return _CODINGS.get(number, f"Kompression {number}")


def _photometric(directory: Directory, samples: int) -> Photometric | str:
    values = directory.numbers(262)
    if not values:  # required, but missing in old faxes, which are always white on zero
        if directory.integer(259, 1) in FAX and samples == 1:
            return Photometric.WHITE_IS_ZERO
        return "fehlender Farbangabe (PhotometricInterpretation)"
    try:
        return Photometric(int(values[0]))
    except ValueError:
        return _COLOURS.get(int(values[0]), f"Farbangabe {values[0]:.0f}")


def _bits(directory: Directory, samples: int) -> int | str:
    if samples > MOST_SAMPLES:
        raise ValueError(f"{samples} samples a pixel")
    if not 1 <= samples <= 8:
        return f"{samples} Werten je Bildpunkt"
    bits = {int(value) for value in directory.numbers(258) or (1,)}
    if len(bits) != 1:
        return "verschiedener Bittiefe der Farben"
    formats = {int(value) for value in directory.numbers(339) or (1,)}
    number = bits.pop()
    if formats == {3}:
        return f"Gleitkommazahlen ({number} Bit)"
    if formats == {2}:
        return f"Werten mit Vorzeichen ({number} Bit)"
    if formats - {1, 4}:
        return f"Zahlenform {', '.join(map(str, sorted(formats)))}"
    return number


#: Photometric -> samples of the colour itself, and the depths that are understood.
_DEPTHS = {
    Photometric.WHITE_IS_ZERO: (1, (1, 2, 4, 8, 12, 16, 32)),
    Photometric.BLACK_IS_ZERO: (1, (1, 2, 4, 8, 12, 16, 32)),
    Photometric.RGB: (3, (8, 16)),
    Photometric.PALETTE: (1, (1, 2, 4, 8)),
    Photometric.SEPARATED: (4, (8, 16)),
    Photometric.YCBCR: (3, (8,)),
}
_NAMES = {
    Photometric.WHITE_IS_ZERO: "Graustufen",
    Photometric.BLACK_IS_ZERO: "Graustufen",
    Photometric.RGB: "RGB-Farben",
    Photometric.PALETTE: "Farbtabelle",
    Photometric.SEPARATED: "CMYK-Farben",
    Photometric.YCBCR: "YCbCr-Farben",
}


def _doubt(directory: Directory, found: Layout) -> str | None:
    """What does not go together, in words; None: all is understood."""
    colours, depths = _DEPTHS[found.photometric]
    name = _NAMES[found.photometric]
    if found.bits not in depths:
        return f"{name} von {found.bits} Bit"
    if found.samples < colours or found.samples - colours != len(found.extra):
        return f"{name} aus {found.samples} Werten je Bildpunkt"
    return _doubtful_extra(found, name) or _doubtful_coding(found, name) or _rest(directory, found)


def _doubtful_extra(found: Layout, name: str) -> str | None:
    if not found.extra:
        return None
    grey = found.photometric in (Photometric.WHITE_IS_ZERO, Photometric.BLACK_IS_ZERO)
    fits = (
        (grey or found.photometric is Photometric.RGB)
        and found.extra in ((0,), (1,), (2,))
        and found.bits in (8, 16)
        and found.compression in WITHOUT_LOSS
    )
    if found.photometric is Photometric.WHITE_IS_ZERO and found.extra == (1,):
        fits = False  # white multiplied by alpha: nobody knows what is meant
    return None if fits else f"{name} mit zusätzlichen Kanälen ({found.bits} Bit)"


def _doubtful_coding(found: Layout, name: str) -> str | None:
    coding = found.compression
    if coding in FAX:
        fits = found.bits == 1 and found.samples == 1 and found.photometric in (0, 1)
    elif coding in JPEGS:
        fits = found.bits == 8 and found.photometric not in (
            Photometric.PALETTE, Photometric.WHITE_IS_ZERO,
        )  # fmt: skip
    else:
        fits = True
    return None if fits else f"{name} in Kompression {coding.value}"


def _rest(directory: Directory, found: Layout) -> str | None:
    predictor = directory.integer(317, 1)
    if found.compression in WITHOUT_LOSS - {Compression.NONE, Compression.PACKBITS}:
        ours = found.bits in (8, 16, 32) and found.photometric is not Photometric.YCBCR
        if predictor not in ((1, 2) if ours else (1,)):
            return f"Vorhersage {predictor} (Predictor)"
    if found.photometric is Photometric.SEPARATED:
        usual = ((), (0.0, 2.0**found.bits - 1))
        if directory.integer(332, 1) != 1 or directory.numbers(336)[:2] not in usual:
            return "Druckfarben, die nicht CMYK sind"
    colours = len(directory.numbers(320))
    if found.photometric is Photometric.PALETTE and colours != 3 << found.bits:
        return "unvollständiger Farbtabelle"
    if found.photometric is Photometric.YCBCR and found.separate:
        return "YCbCr-Farben in getrennten Ebenen"
    return None
