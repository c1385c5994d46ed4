"""Symbol coding is told from bitwise coding, and what cannot be read to its end is not checked."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.image_files.jbig2 import UNKNOWN_LENGTH, Coding, coding, segments

PAGE, GENERIC, SYMBOLS, TEXT, END = 48, 38, 0, 6, 49


def segment(
    kind: int,
    data: bytes = b"\0" * 20,
    *,
    number: int = 0,
    refers: tuple[int, ...] = (),
    wide_page: bool = False,
    length: int | None = None,
) -> bytes:
    """One segment as ISO/IEC 14492, 7.2 lays it out."""
    out = struct.pack(">IB", number, kind | (0x40 if wide_page else 0))
    if len(refers) <= 4:
        out += bytes([len(refers) << 5])
    else:
        out += struct.pack(">I", 7 << 29 | len(refers)) + b"\0" * ((len(refers) + 8) // 8)
    size = 1 if number <= 256 else 2 if number <= 65536 else 4
    out += b"".join(one.to_bytes(size, "big") for one in refers)
    out += struct.pack(">I", 1) if wide_page else b"\x01"
    return out + struct.pack(">I", len(data) if length is None else length) + data


def test_bit_by_bit_is_good() -> None:
    stream = segment(PAGE) + segment(GENERIC, number=1) + segment(END, b"", number=2)
    assert segments(stream).types == (PAGE, GENERIC, END)
    assert coding(stream) is Coding.GENERIC


def test_symbols_only_in_the_globals() -> None:
    assert coding(segment(PAGE) + segment(GENERIC), segment(SYMBOLS)) is Coding.SYMBOL


@pytest.mark.parametrize("kind", [4, 6, 7])
def test_text_region_in_the_page(kind: int) -> None:
    assert coding(segment(PAGE) + segment(kind, number=1)) is Coding.SYMBOL


def test_long_form_of_the_count() -> None:
    many = tuple(range(1, 10))
    stream = segment(PAGE) + segment(GENERIC, number=300, refers=many) + segment(TEXT, number=301)
    assert segments(stream).types == (PAGE, GENERIC, TEXT)
    assert coding(stream) is Coding.SYMBOL


@pytest.mark.parametrize("number", [3, 300, 70000])
def test_size_of_references_follows_the_number(number: int) -> None:
    stream = segment(GENERIC, number=number, refers=(1, 2)) + segment(TEXT, number=number + 1)
    assert segments(stream).types == (GENERIC, TEXT)


def test_page_number_of_four_bytes() -> None:
    stream = segment(PAGE, wide_page=True) + segment(TEXT, wide_page=True)
    assert segments(stream).types == (PAGE, TEXT)


def test_what_follows_an_unknown_length_is_not_checked() -> None:
    stream = segment(PAGE) + segment(GENERIC, length=UNKNOWN_LENGTH) + segment(TEXT, number=2)
    assert not segments(stream).complete
    assert coding(stream) is Coding.UNCHECKED


@pytest.mark.parametrize("cut", range(1, 31))
def test_a_cut_stream_is_not_checked(cut: int) -> None:
    stream = segment(PAGE) + segment(GENERIC, number=1)
    assert coding(stream[:-cut]) is Coding.UNCHECKED


def test_symbols_are_reported_although_the_stream_is_cut() -> None:
    assert coding(segment(TEXT) + b"\0\0\0\x01\x26\0") is Coding.SYMBOL


@pytest.mark.parametrize("kind", [16, 20, 22, 23, 36 + 4, 42, 43, 62])
def test_halftone_and_unknown_types_need_a_person(kind: int) -> None:
    assert coding(segment(PAGE) + segment(kind, number=1)) is Coding.DOUBTFUL


def test_padding_behind_the_last_segment_is_no_fault() -> None:
    assert coding(segment(PAGE) + segment(GENERIC, number=1) + b"\r\n") is Coding.GENERIC


def test_nothing_is_not_good() -> None:
    assert coding(b"") is Coding.UNCHECKED


@given(st.binary(max_size=400))
def test_any_bytes_get_a_verdict(data: bytes) -> None:
    assert coding(data) in Coding
