"""A PDF's signatures as bytes: ``/ByteRange`` and the hole it leaves. No PDF reader is asked.

What a reader makes of a hostile file may differ from what another shows; these few facts do not.
Everything here is one pass over the file through a memory map.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from config.filekind import Data
from signing.formats.cms.algorithms import new_hash

WHITE = b"\0\t\n\f\r "


def name_pattern(name: str) -> bytes:
    """A regular expression for a PDF name, each character plain or as ``#xx``."""
    parts = [rb"(?:%s|#(?i:%02x))" % (re.escape(c.encode()), ord(c)) for c in name]
    return b"/" + b"".join(parts) + rb"(?![A-Za-z0-9_#])"


BYTE_RANGE = re.compile(
    name_pattern("ByteRange") + rb"[\0\t\n\f\r ]{0,64}\[([\0\t\n\f\r 0-9+-]{1,256})\]"
)
HEX_STRING = re.compile(rb"<[\0\t\n\f\r 0-9A-Fa-f]*>")
LARGEST_HOLE = 16 * 2**20  #: bytes; a real signature leaves some ten thousand


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The four numbers, and where in the file they are written."""

    numbers: tuple[int, ...]
    at: int


def byte_ranges(data: Data) -> Iterator[ByteRange]:
    """Every ``/ByteRange`` array of the file, live or not."""
    for match in BYTE_RANGE.finditer(data):
        numbers = [part for part in match[1].split() if len(part) < 20]
        try:
            yield ByteRange(tuple(int(part) for part in numbers), match.start())
        except ValueError:
            yield ByteRange((), match.start())


def is_standard(numbers: tuple[int, ...], size: int) -> bool:
    """Two ranges, from the first byte on, a hole between them, within the file."""
    if len(numbers) != 4:
        return False
    first, length, second, rest = numbers
    return first == 0 and 0 < length < second and rest >= 0 and second + rest <= size


def hole(data: Data, numbers: tuple[int, ...]) -> bytes | None:
    """The string in the hole of a standard range, decoded; None where it is not one hex string.

    Some writers sign the angle brackets too and leave out the digits alone; both are sound.
    """
    _, length, second, _ = numbers
    if second - length > LARGEST_HOLE:
        return None
    between = bytes(data[length:second])
    if data[length - 1 : length] == b"<" and data[second : second + 1] == b">":
        between = b"<" + between + b">"
    if not HEX_STRING.fullmatch(between):
        return None
    digits = between[1:-1].translate(None, WHITE)
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def ranges_digest(data: Data, numbers: tuple[int, ...], name: str) -> bytes:
    """Digest over the ranges, in pieces; ``numbers`` are offset and length in turn."""
    running = new_hash(name)
    pairs = zip(numbers[::2], numbers[1::2], strict=False)
    for offset, length in pairs:
        for start in range(offset, offset + length, 1 << 20):
            running.update(data[start : min(start + (1 << 20), offset + length)])
    return running.digest()


def is_blank(data: Data, start: int, end: int) -> bool:
    """Nothing but white space from ``start`` to ``end``."""
    return all(
        not data[at : min(at + (1 << 20), end)].strip(WHITE) for at in range(start, end, 1 << 20)
    )
