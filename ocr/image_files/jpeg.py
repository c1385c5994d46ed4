"""What the head of a JPEG says: how it is coded, and whether PDF may carry it (ITU-T T.81, B)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

SOI, EOI, SOS, DNL, APP0, APP2, APP14 = 0xD8, 0xD9, 0xDA, 0xDC, 0xE0, 0xE2, 0xEE
STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
#: Start of frame: what it means where it is not baseline, extended or progressive.
FRAMES = {
    0xC0: None,
    0xC1: None,
    0xC2: None,
    0xC3: "verlustfrei codiert",
    0xC5: "hierarchisch codiert",
    0xC6: "hierarchisch codiert",
    0xC7: "hierarchisch codiert",
    0xC9: "arithmetisch codiert",
    0xCA: "arithmetisch codiert",
    0xCB: "arithmetisch codiert",
    0xCD: "hierarchisch codiert",
    0xCE: "hierarchisch codiert",
    0xCF: "hierarchisch codiert",
    0xF7: "JPEG-LS",
}
REFUSED = {"hierarchisch codiert": "JPEG, hierarchisch codiert", "JPEG-LS": "JPEG-LS"}
HEIGHT_AT, SAMPLING_AT = 5, 11  #: bytes into a start of frame, its mark included
MARK = re.compile(rb"\xff(?![\x00\x01\xd0-\xd7])")  #: that is no part of a scan's data
FILLING = b"\0\r\n\t \xff"  #: that may stand between two pictures
MOST_PICTURES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Jpeg:
    """Facts of the first picture in the file."""

    coding: str | None  #: what is special about it, German; None: baseline or progressive
    precision: int  #: bits a sample
    size: tuple[int, int]  #: width and height as the frame says
    lines: int | None  #: height as a DNL segment behind the scan says (B.2.5), which holds
    frame_at: int  #: place of the start of frame
    components: tuple[int, ...]  #: their identifiers
    jfif: bool
    adobe: int | None  #: colour transform of an Adobe segment (0 none, 1 YCbCr, 2 YCCK)
    end: int  #: after the picture's end mark; the file's length where it has none

    @property
    def is_plain_rgb(self) -> bool:
        """Three components that are red, green and blue as stored, as libjpeg decides it."""
        if len(self.components) != 3 or self.jfif:
            return False
        if self.adobe is not None:
            return self.adobe == 0
        return self.components == (0x52, 0x47, 0x42)

    @property
    def is_contradictory(self) -> bool:
        """Readers disagree: JFIF says YCbCr, Adobe says RGB."""
        return self.jfif and self.adobe == 0 and len(self.components) == 3


def read_jpeg(data: bytes) -> Jpeg | None:
    """The facts; None where there is no frame to speak of."""
    coding: str | None = None
    precision, size, frame_at = 0, (0, 0), 0
    components: tuple[int, ...] = ()
    jfif = False
    adobe: int | None = None
    place = 2
    for marker, body, at in _segments(data):
        place = at
        if marker == APP0 and body.startswith(b"JFIF\0"):
            jfif = True
        elif marker == APP14 and body.startswith(b"Adobe") and len(body) >= 12:
            adobe = body[11]
        elif marker in FRAMES and len(body) >= 6:
            coding, precision, frame_at = FRAMES[marker], body[0], at
            size = int.from_bytes(body[3:5], "big"), int.from_bytes(body[1:3], "big")
            components = tuple(body[6 : 6 + 3 * body[5] : 3])
    if not components:
        return None
    end, lines = _end(data, place)
    return Jpeg(
        coding=coding,
        precision=precision,
        size=size,
        lines=lines,
        frame_at=frame_at,
        components=components,
        jfif=jfif,
        adobe=adobe,
        end=end,
    )


def with_true_height(data: bytes) -> bytes | None:
    """The picture with the height that a DNL segment states; None where its frame is right.

    Feeders begin to send before they know how long the sheet is; decoders take the frame's word.
    """
    found = read_jpeg(data)
    if found is None or found.lines in (None, 0, found.size[1]):
        return None
    at = found.frame_at + HEIGHT_AT
    return data[:at] + struct.pack(">H", found.lines) + data[at + 2 :]


def with_plain_sampling(data: bytes) -> bytes:
    """A picture of one component without sampling factors, which mean nothing there (A.2.2)."""
    found = read_jpeg(data)
    if found is None or len(found.components) != 1:
        return data
    at = found.frame_at + SAMPLING_AT
    return data[:at] + b"\x11" + data[at + 1 :]


def pictures_behind(data: bytes, end: int) -> Iterator[Jpeg]:
    """Whole pictures that follow the end of another."""
    for _ in range(MOST_PICTURES):
        while data[end : end + 1] in FILLING and data[end : end + 3] != b"\xff\xd8\xff":
            if end >= len(data):
                return
            end += 1
        found = read_jpeg(data[end:]) if data[end : end + 3] == b"\xff\xd8\xff" else None
        if found is None:
            return
        yield found
        end += found.end


def _segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Marker, content and place of each segment up to the first scan, which is the last."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in (0xFF, *STANDALONE):
            at += 1 if marker == 0xFF else 2
            continue
        if marker == EOI:
            return
        length = struct.unpack(">H", data[at + 2 : at + 4])[0]
        yield marker, data[at + 4 : at + 2 + length], at
        if marker == SOS:
            return
        at += 2 + length


def _end(data: bytes, at: int) -> tuple[int, int | None]:
    """After the first end mark from ``at`` on, which is at a start of scan; lines of a DNL."""
    lines: int | None = None
    while at + 4 <= len(data):
        marker = data[at + 1]
        if data[at] != 0xFF or marker in (0x00, *STANDALONE):
            found = MARK.search(data, at + 1)
            if found is None:
                return len(data), lines
            at = found.start()
            continue
        if marker == 0xFF:
            at += 1
        elif marker == EOI:
            return at + 2, lines
        else:
            if marker == DNL and lines is None:
                lines = int.from_bytes(data[at + 4 : at + 6], "big")
            at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return (at + 2 if data[at : at + 2] == b"\xff\xd9" else len(data)), lines


def doubt(found: Jpeg) -> str | None:
    """What about it we do not understand, German; None: all is understood."""
    if found.coding in REFUSED:
        return REFUSED[found.coding]
    if found.precision != 8:
        return f"JPEG mit {found.precision} Bit je Farbe"
    if len(found.components) not in (1, 3, 4):
        return f"JPEG mit {len(found.components)} Farbkanälen"
    return None
