"""PNG, JPEG, JPEG 2000, GIF, WebP, BMP and AVIF files."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from tests.fresh_look.drawing import A5, bilevel, grey, sheet
from tests.fresh_look.model import Case, Expected, Pages, Shows, case

CASES: list[Case] = []
SIZE = (419.4, 595.4)
AT_200 = (200, 200)
EITHER = ("archived", "held")
MORE = r"(?i)anim|einzelbild|frame|\berste|weitere|mehrere"  #: says that there are others
NOT_SCAN_AGAIN = "(?i)neu scannen|beschädigt"


def meant(word: str, kind: str = "colour") -> Pages:
    draw = {"colour": sheet, "grey": grey, "bilevel": bilevel}[kind]
    return lambda: [draw(word).convert("RGB")]


def shown(word: str, kind: str = "colour", *, sized: bool = True, **more: object) -> Expected:
    return Expected(
        words=(word,), size=SIZE if sized else None, shows=Shows.PICTURE,
        picture=meant(word, kind), **more,  # type: ignore[arg-type]
    )  # fmt: skip


def _exif(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(header: bytes, rows: list[bytes], *chunks: bytes) -> bytes:
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    body = _chunk(b"IHDR", header) + b"".join(chunks) + _chunk(b"IDAT", pixels)
    return b"\x89PNG\r\n\x1a\n" + body + _chunk(b"IEND", b"")


PER_METRE = _chunk(b"pHYs", struct.pack(">IIB", 7874, 7874, 1))


@case(CASES, "PNG", ".png", shown("Anis"))
def png_clear_paper(path: Path) -> None:
    """Colour with alpha; the paper is clear and black below.

    Source: https://github.com/jonaswinkler/paperless-ng/issues/1254 (not taken). Expected: on white.
    """
    pixels = np.array(sheet("Anis").convert("RGBA"))
    pixels[(pixels[..., :3] > 250).all(axis=2)] = 0
    Image.fromarray(pixels).save(path, dpi=AT_200)


@case(CASES, "PNG", ".png", shown("Curry", "grey"))
def png_grey_with_key(path: Path) -> None:
    """Grey with a tRNS chunk that makes its white clear.

    Source: https://github.com/foliojs/pdfkit/issues/339 (garbled). Expected: on white.
    """
    image = grey("Curry")
    header = struct.pack(">IIBBBBB", *image.size, 8, 0, 0, 0, 0)
    rows = [image.crop((0, y, image.width, y + 1)).tobytes() for y in range(image.height)]
    path.write_bytes(png(header, rows, PER_METRE, _chunk(b"tRNS", b"\0\xff")))


@case(CASES, "PNG", ".png", shown("Zimt", "grey"))
def png_grey_of_16_bits(path: Path) -> None:
    """Grey of 16 bits with a gamma chunk.

    Source: https://github.com/pnggroup/libpng/issues/309. Expected: black on white, all tones.
    """
    image = grey("Zimt")
    wide = np.asarray(image, np.uint16) * 257
    header = struct.pack(">IIBBBBB", *image.size, 16, 0, 0, 0, 0)
    rows = [row.astype(">u2").tobytes() for row in wide]
    gamma = _chunk(b"gAMA", struct.pack(">I", 45455))
    path.write_bytes(png(header, rows, gamma, PER_METRE))


@case(CASES, "PNG", ".png", shown("Senf", "bilevel", codes=("scan.monochrome",)))
def png_one_bit_grey(path: Path) -> None:
    """Grey of one bit.

    Source: https://github.com/apple/cups/issues/687 (all black). Expected: black on white.
    """
    bilevel("Senf").save(path, dpi=AT_200)


@case(CASES, "PNG", ".png", shown("Kakao"))
def png_turned_by_exif(path: Path) -> None:
    """Stored lying, set upright by an eXIf chunk (orientation 6).

    Source: https://github.com/Hopding/pdf-lib/issues/1284. Expected: upright.
    """
    image = sheet("Kakao").transpose(Image.Transpose.ROTATE_90)
    image.save(path, dpi=AT_200, exif=_exif(6))


@case(CASES, "PNG", ".png", Expected(words=("Vanille",), shows=Shows.PICTURE,
      picture=meant("Vanille"), size=SIZE))  # fmt: skip
def png_oblong_pixels(path: Path) -> None:
    """Twice as many pixels across as down, as its pHYs chunk says.

    No report. Expected: A5, nothing squashed.
    """
    image = sheet("Vanille").resize((A5[0] * 2, A5[1]))
    image.save(path, dpi=(400, 200))


@case(CASES, "PNG", ".png", shown("Muskat", mentions=MORE))
def png_with_animation_apart(path: Path) -> None:
    """APNG whose still picture is no part of its animation.

    Source: https://github.com/opencv/opencv/issues/27074. Expected: the still picture, and a finding
    that says there is more.
    """
    others = [sheet("Safran"), sheet("Kurkuma")]
    sheet("Muskat").save(
        path, save_all=True, append_images=others, default_image=True, duration=500, dpi=AT_200
    )


@case(CASES, "JPEG", ".jpg", shown("Lorbeer"))
def jpeg_mirrored(path: Path) -> None:
    """Orientation 5: stored mirrored and lying.

    Source: https://github.com/foliojs/pdfkit/issues/1353. Expected: upright, readable.
    """
    image = sheet("Lorbeer").transpose(Image.Transpose.TRANSPOSE)
    image.save(path, quality=92, dpi=AT_200, exif=_exif(5))


@case(CASES, "JPEG", ".jpg", shown("Kerbel"))
def jpeg_with_orientation_0(path: Path) -> None:
    """Orientation 0, which does not exist; a scanner app writes it.

    Source: https://github.com/allgood/OpenNoteScanner/issues/248 (refused). Expected: as stored.
    """
    sheet("Kerbel").save(path, quality=92, dpi=AT_200, exif=_exif(0))


@case(CASES, "JPEG", ".jpg", shown("Dill"))
def jpeg_of_four_inks(path: Path) -> None:
    """CMYK with Adobe's marker, so stored inverted.

    Source: https://github.com/Kozea/WeasyPrint/pull/2179. Expected: red is red, paper is white.
    """
    sheet("Dill").convert("CMYK").save(path, quality=95, dpi=AT_200)


@case(CASES, "JPEG", ".jpg", shown("Minze"))
def jpeg_with_preview(path: Path) -> None:
    """A camera's file with a smaller preview behind it (MPO).

    Source: https://github.com/pdfarranger/pdfarranger/issues/457 (a page too many). Expected: one page.
    """
    small = sheet("Minze").resize((A5[0] // 4, A5[1] // 4))
    sheet("Minze").save(path, "MPO", save_all=True, append_images=[small], quality=92, dpi=AT_200)


@case(CASES, "JPEG", ".jpg", shown("Melisse", mentions=MORE))
def jpeg_with_two_pictures(path: Path) -> None:
    """MPO with two different pictures of the same size.

    Source: https://github.com/torakiki/sejda/issues/516. Expected: the first, and a finding on the other.
    """
    sheet("Melisse").save(
        path, "MPO", save_all=True, append_images=[sheet("Estragon")], quality=92, dpi=AT_200
    )


def _boxes(*pairs: tuple[bytes, bytes]) -> bytes:
    return b"".join(struct.pack(">I", len(data) + 8) + kind + data for kind, data in pairs)


def _jp2(image: Image.Image, *header: tuple[bytes, bytes]) -> bytes:
    """A JP2 file round the code stream of a grey picture, with these boxes in its header."""
    code = io.BytesIO()
    image.save(code, "JPEG2000", no_jp2=True)
    ihdr = struct.pack(">IIHBBBB", image.height, image.width, 1, 7, 7, 0, 0)
    return _boxes(
        (b"jP  ", b"\r\n\x87\n"),
        (b"ftyp", b"jp2 \0\0\0\0jp2 "),
        (b"jp2h", _boxes((b"ihdr", ihdr), *header)),
        (b"jp2c", code.getvalue()),
    )


_RES = (b"res ", _boxes((b"resc", struct.pack(">HHHHBB", 7874, 1, 7874, 1, 0, 0))))


@case(CASES, "JPEG 2000", ".jp2", Expected(outcomes=EITHER, words=("Rhabarber",), shows=Shows.PICTURE,
      picture=meant("Rhabarber"), untrue=NOT_SCAN_AGAIN))  # fmt: skip
def jpeg2000_with_palette(path: Path) -> None:
    """Indices into a palette (boxes pclr and cmap).

    Source: https://github.com/SerenityOS/serenity/pull/25741. Expected: in colour, or held as a kind
    that is not understood.
    """
    image = sheet("Rhabarber").quantize(64, dither=Image.Dither.NONE)
    palette = bytes((image.getpalette() or [])[:192])
    pclr = struct.pack(">HBBBB", 64, 3, 7, 7, 7) + palette.ljust(192, b"\0")
    cmap = b"".join(struct.pack(">HBB", 0, 1, part) for part in range(3))
    colr = b"\1\0\0" + struct.pack(">I", 16)
    indices = Image.frombytes("L", image.size, image.tobytes())
    path.write_bytes(_jp2(indices, (b"colr", colr), (b"pclr", pclr), (b"cmap", cmap), _RES))


@case(CASES, "JPEG 2000", ".jp2", shown("Spargel", "grey"))
def jpeg2000_with_resolution(path: Path) -> None:
    """The resolution stands in the box "res " alone: 7874 pixels a metre.

    No report. Expected: A5, no word on a low resolution.
    """
    colr = b"\1\0\0" + struct.pack(">I", 17)
    path.write_bytes(_jp2(grey("Spargel"), (b"colr", colr), _RES))


@case(CASES, "GIF", ".gif", shown("Paprika", sized=False, mentions=MORE))
def gif_with_small_clear_frames(path: Path) -> None:
    """Animated, clear paper, each frame restores what was before (disposal 3).

    Source: https://github.com/python-pillow/Pillow/pull/5391. Expected: the first on white, and a
    finding on the others.
    """
    frames = []
    for word in ("Paprika", "Chili"):
        image = sheet(word).quantize(15, dither=Image.Dither.NONE)
        palette = (image.getpalette() or [])[:45]
        frames.append(Image.frombytes("P", image.size, image.tobytes()))
        frames[-1].putpalette(palette)
    white = frames[0].getpixel((A5[0] - 1, 0))
    frames[0].save(
        path, save_all=True, append_images=frames[1:], transparency=white, disposal=3, duration=300
    )


@case(CASES, "WebP", ".webp", shown("Ananas", sized=False))
def webp_turned_by_exif(path: Path) -> None:
    """Stored lying, set upright by EXIF orientation 8.

    Source: https://github.com/sumatrapdfreader/sumatrapdf/issues/1544. Expected: upright.
    """
    image = sheet("Ananas").transpose(Image.Transpose.ROTATE_270)
    image.save(path, lossless=True, method=0, exif=_exif(8))


def _bmp(image: Image.Image, bits: int, rows: bytes, height: int, compression: int = 0,
         masks: bytes = b"", palette: bytes = b"") -> bytes:  # fmt: skip
    start = 14 + 40 + len(masks) + len(palette)
    header = struct.pack(
        "<IiiHHIIiiII", 40, image.width, height, 1, bits, compression, len(rows), 7874, 7874,
        len(palette) // 4, 0,
    )  # fmt: skip
    return (
        b"BM"
        + struct.pack("<IHHI", start + len(rows), 0, 0, start)
        + header
        + masks
        + palette
        + rows
    )


@case(CASES, "BMP", ".bmp", shown("Kirsche"))
def bmp_from_top_to_bottom(path: Path) -> None:
    """Negative height: the first row is the upper one.

    Source: https://github.com/DanBloomberg/leptonica/issues/323. Expected: upright.
    """
    image = sheet("Kirsche")
    pixels = np.asarray(image)[:, :, ::-1]
    rows = np.pad(pixels.reshape(A5[1], -1), ((0, 0), (0, -A5[0] * 3 % 4))).tobytes()
    path.write_bytes(_bmp(image, 24, rows, -image.height))


@case(CASES, "BMP", ".bmp", shown("Pflaume"))
def bmp_of_16_bits(path: Path) -> None:
    """16 bits a pixel with masks (5, 6, 5), from top to bottom.

    Source: https://github.com/delhoume/vliv/issues/6. Expected: upright, right colours.
    """
    image = sheet("Pflaume")
    red, green, blue = np.moveaxis(np.asarray(image, np.uint16), 2, 0)
    packed = (red >> 3 << 11) | (green >> 2 << 5) | (blue >> 3)
    rows = np.pad(packed.astype("<u2"), ((0, 0), (0, A5[0] % 2))).tobytes()
    masks = struct.pack("<III", 0xF800, 0x07E0, 0x001F)
    path.write_bytes(_bmp(image, 16, rows, -image.height, 3, masks))


@case(CASES, "BMP", ".bmp", shown("Traube", "grey"))
def bmp_run_length(path: Path) -> None:
    """Eight bits, run-length coded.

    Source: https://github.com/MediaArea/MediaInfoLib/pull/261. Expected: as meant.
    """
    image, rows = grey("Traube"), bytearray()
    for y in reversed(range(image.height)):
        line = image.crop((0, y, image.width, y + 1)).tobytes()
        start = 0
        while start < len(line):
            end = start
            while end < len(line) and line[end] == line[start] and end - start < 255:
                end += 1
            rows += bytes((end - start, line[start]))
            start = end
        rows += b"\0\0"
    palette = b"".join(bytes((value, value, value, 0)) for value in range(256))
    path.write_bytes(_bmp(image, 8, bytes(rows + b"\0\1"), image.height, 1, palette=palette))


@case(CASES, "AVIF", ".avif", Expected(outcomes=EITHER, words=("Melone",), shows=Shows.PICTURE,
      picture=meant("Melone"), reason="(?i)dateiart|angenommen", untrue=NOT_SCAN_AGAIN))  # fmt: skip
def avif_of_two_frames(path: Path) -> None:
    """A sequence of two AVIF pictures (brand avis).

    No report. Expected: the first with a finding on the other, or held as a kind that is not accepted.
    """
    frames = [sheet("Melone"), sheet("Dattel")]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=500, speed=10)
    data = bytearray(path.read_bytes())
    for name in (b"mvhd", b"tkhd", b"mdhd"):  # the times of making, so that all builds are alike
        place = data.find(name) + 4
        length = 16 if data[place] else 8
        data[place + 4 : place + 4 + length] = bytes(length)
    path.write_bytes(bytes(data))


@case(CASES, "TIFF", ".tif", shown("Olive", "grey"))
def big_tiff(path: Path) -> None:
    """BigTIFF, with offsets of eight bytes.

    No report. Expected: as any TIFF.
    """
    grey("Olive").save(path, "TIFF", big_tiff=True, dpi=AT_200, compression="tiff_lzw")


@case(CASES, "PNG", ".png", shown("Gurke", "grey"))
def png_palette_white_first(path: Path) -> None:
    """Inverted palette: index 0 is white, 255 is black, two bits a pixel.

    No report. Expected: black on white.
    """
    image = ImageOps.invert(grey("Gurke")).point(lambda value: value // 64)
    image = Image.frombytes("P", image.size, image.tobytes())
    image.putpalette([value for step in (255, 170, 85, 0) for value in (step,) * 3])
    image.save(path, bits=2, dpi=AT_200)
