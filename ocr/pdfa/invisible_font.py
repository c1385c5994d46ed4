"""The font of invisible text: one glyph of half an em, with an outline of no area.

The outline matters: pdfium (Chrome) drops runs of glyphs without a box, among them all one-letter
words, and most words on turned pages (measured, docs/explanation/ocr.md).
"""

from __future__ import annotations

import struct

import pikepdf
from pikepdf import Array, Dictionary, Name

ASCENT, DESCENT, ADVANCE, EM = 800, -200, 500, 1000
FONT_NAME = "/Void"


def truetype() -> bytes:
    """A TrueType file of two equal glyphs, enough for a CIDFontType2 (ISO 14496-22)."""
    glyph = _glyph()
    tables = {
        b"glyf": glyph * 2,
        b"head": struct.pack(
            ">IIIIHHQQhhhhHHhhh",
            *(0x00010000, 0x00010000, 0, 0x5F0F3CF5, 0x000B, EM, 0, 0),
            *(0, DESCENT, ADVANCE, ASCENT, 0, 8, 2, 1, 0),
        ),
        b"hhea": struct.pack(
            ">IhhhHhhhhhhhhhhhH",
            *(0x00010000, ASCENT, DESCENT, 0, ADVANCE, 0, 0, ADVANCE),
            *(1, 0, 0, 0, 0, 0, 0, 0, 2),
        ),
        b"hmtx": struct.pack(">HhHh", ADVANCE, 0, ADVANCE, 0),
        b"loca": struct.pack(">III", 0, len(glyph), 2 * len(glyph)),
        b"maxp": struct.pack(
            ">IHHHHHHHHHHHHHH", 0x00010000, 2, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0
        ),
    }
    return _with_checksums(tables)


def _glyph() -> bytes:
    """One contour that goes from the lower left to the upper right and back."""
    head = struct.pack(">hhhhh", 1, 0, DESCENT, ADVANCE, ASCENT)
    outline = struct.pack(">HH", 1, 0) + bytes([1, 1])
    points = struct.pack(">hh", 0, ADVANCE) + struct.pack(">hh", DESCENT, ASCENT - DESCENT)
    glyph = head + outline + points
    return glyph + b"\0" * (-len(glyph) % 4)


def _with_checksums(tables: dict[bytes, bytes]) -> bytes:
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    font = struct.pack(
        ">IHHHH", 0x00010000, count, power * 16, power.bit_length() - 1, (count - power) * 16
    )
    offset = 12 + 16 * count
    body = b""
    for tag, data in sorted(tables.items()):
        padded = data + b"\0" * (-len(data) % 4)
        font += struct.pack(">4sIII", tag, _checksum(padded), offset + len(body), len(data))
        body += padded
    whole = bytearray(font + body)
    adjust = (0xB1B0AFBA - _checksum(bytes(whole))) & 0xFFFFFFFF
    head_at = whole.index(tables[b"head"])
    whole[head_at + 8 : head_at + 12] = struct.pack(">I", adjust)
    return bytes(whole)


def _checksum(data: bytes) -> int:
    words: tuple[int, ...] = struct.unpack(f">{len(data) // 4}I", data)
    return sum(words) & 0xFFFFFFFF


def add_font(pdf: pikepdf.Pdf) -> pikepdf.Object:
    """The font as an object of this PDF: codes are UTF-16, every code shows the one glyph."""
    file = truetype()
    descriptor = pdf.make_indirect(
        Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name(FONT_NAME),
            Flags=4,
            FontBBox=Array([0, DESCENT, ADVANCE, ASCENT]),
            ItalicAngle=0,
            Ascent=ASCENT,
            Descent=DESCENT,
            CapHeight=ASCENT,
            StemV=80,
            FontFile2=pdf.make_stream(file, Length1=len(file)),
        )
    )
    descendant = pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.CIDFontType2,
            BaseFont=Name(FONT_NAME),
            DW=ADVANCE,
            FontDescriptor=descriptor,
            CIDSystemInfo=Dictionary(
                Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
            ),
            CIDToGIDMap=pdf.make_stream(b"\0\1" * 65536),
        )
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=Name(FONT_NAME),
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([descendant]),
            ToUnicode=pdf.make_stream(_to_unicode()),
        )
    )


def _to_unicode() -> bytes:
    """Each code is its own character; surrogates have no meaning and are left out."""
    rows = [f"<{h:02x}00> <{h:02x}ff> <{h:02x}00>" for h in range(256) if not 0xD8 <= h < 0xE0]
    blocks = [rows[at : at + 100] for at in range(0, len(rows), 100)]
    ranges = "\n".join(
        f"{len(block)} beginbfrange\n" + "\n".join(block) + "\nendbfrange" for block in blocks
    )
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Void-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
        f"{ranges}\nendcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode("ascii")
