"""Which coding a JBIG2 stream uses: symbol coding may swap characters (TR-RESISCAN A.SC.12).

Reads segment headers only (ISO/IEC 14492, 7.2); nothing is decoded. A stream that cannot be read to
its end counts as not checked, never as good.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

SYMBOL = frozenset({0, 4, 6, 7})  #: symbol dictionary, text regions
GENERIC = frozenset({36, 38, 39})  #: generic regions
FRAME = frozenset({48, 49, 50, 51, 52, 53})  #: page, page end, stripe, file end, profiles, tables
HALFTONE = frozenset({16, 20, 22, 23})  #: pattern dictionary, halftone regions
UNKNOWN_LENGTH = 0xFFFFFFFF
MOST_SEGMENTS = 100_000


@unique
class Coding(StrEnum):
    GENERIC = "generic"  #: bit by bit: allowed
    SYMBOL = "symbol"  #: shapes stored once and reused: forbidden
    DOUBTFUL = "doubtful"  #: halftone, refinement or unknown types: a person has to look
    UNCHECKED = "unchecked"  #: could not be read to its end


@dataclass(frozen=True, slots=True)
class Segments:
    types: tuple[int, ...]
    complete: bool


def segments(data: bytes) -> Segments:
    """The segment types of an embedded stream (no file header, ISO 32000-1, 7.4.7)."""
    at = 0
    types: list[int] = []
    while at < len(data) and len(types) < MOST_SEGMENTS:
        header = _header(data, at)
        if header is None:
            return Segments(tuple(types), _is_padding(data[at:]))
        kind, body, length = header
        types.append(kind)
        if length == UNKNOWN_LENGTH or body + length > len(data):
            return Segments(tuple(types), False)
        at = body + length
    return Segments(tuple(types), at >= len(data))


def _is_padding(rest: bytes) -> bool:
    return not rest.strip(b"\r\n")  # zeros may be a header that was cut


def _header(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Type, start of the data and length of the segment at ``at``; None if the header is cut."""
    if at + 6 > len(data):
        return None
    number, flags = int.from_bytes(data[at : at + 4], "big"), data[at + 4]
    at += 5
    count = data[at] >> 5
    if count == 7:  # long form: 29 bits of count, then one retention bit a segment and one more
        if at + 4 > len(data):
            return None
        count = int.from_bytes(data[at : at + 4], "big") & 0x1FFFFFFF
        at += 4 + (count + 8) // 8
    else:
        at += 1
    at += count * (1 if number <= 256 else 2 if number <= 65536 else 4)
    at += 4 if flags & 0x40 else 1  # page association
    if at + 4 > len(data):
        return None
    return flags & 0x3F, at + 4, int.from_bytes(data[at : at + 4], "big")


def coding(stream: bytes, shared: bytes | None = None) -> Coding:
    """The verdict over a page's stream and the globals it shares; the worst counts."""
    parts = [segments(stream)] + ([segments(shared)] if shared is not None else [])
    types = {kind for part in parts for kind in part.types}
    if types & SYMBOL:
        return Coding.SYMBOL
    if not all(part.complete for part in parts) or not types:
        return Coding.UNCHECKED
    return Coding.GENERIC if types <= GENERIC | FRAME else Coding.DOUBTFUL
