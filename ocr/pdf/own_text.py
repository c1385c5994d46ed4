"""Text that a PDF page brings itself: visible words with boxes, or nothing when it is gibberish."""

from __future__ import annotations

import ctypes
import textwrap
import unicodedata
from collections.abc import Set as AbstractSet
from typing import Any

import pypdfium2.raw as pdfium_c

from ocr.geometry import Point, from_user_space
from ocr.transcript import Glyphs, Pixels, Row, around

INVISIBLE = 3
MOST_CHARACTERS = 1_000_000  #: of one page; beyond it is no page of text
LINE_END_HYPHENS = (0x02, 0xFFFE)  #: how pdfium marks a word that was divided
GIBBERISH = 0.2  #: share of characters without a Unicode meaning: not to be trusted


def own_rows(page: Any, hidden: AbstractSet[int | None], *, invisible: bool = False) -> list[Row]:
    """Rows in displayed points; empty where most characters have no meaning.

    ``hidden``: addresses of text objects that lie under a picture. ``invisible``: whether text that
    is not painted counts (that of an earlier recognition).
    """
    textpage = page.get_textpage()
    try:
        count = min(textpage.count_chars(), MOST_CHARACTERS)
        if count <= 0:
            return []
        place = from_user_space(tuple(page.get_bbox()), page.get_rotation())
        rows, bad, seen = _collect(textpage.raw, count, place, None if invisible else hidden)
        return [] if bad > GIBBERISH * max(1, seen) else rows
    finally:
        textpage.close()


def _collect(
    raw: Any, count: int, place: Point, hidden: AbstractSet[int | None] | None
) -> tuple[list[Row], int, int]:
    rows: list[Row] = []
    words: list[Glyphs] = []
    letters: list[str] = []
    box: Pixels | None = None
    bad = seen = 0

    def end_word() -> None:
        nonlocal box
        if letters and box is not None:
            words.append(Glyphs("".join(letters), 100.0, box))
        letters.clear()
        box = None

    def end_row() -> None:
        end_word()
        if words:
            rows.append(_row(words, not rows))
            words.clear()

    for index in range(count):
        code = pdfium_c.FPDFText_GetUnicode(raw, index)
        if code in LINE_END_HYPHENS and letters:
            letters.append("-")  # as it stands on the page; the word goes on in the next line
            box = _joined(box, _box(raw, index, place))
            end_row()
        elif code in (10, 13):
            end_row()
        elif code <= 32 or code == 0xA0:
            end_word()
        elif hidden is None or _is_visible(raw, index, hidden):
            seen += 1
            bad += _is_meaningless(raw, index, code)
            letters.append(_character(code))
            box = _joined(box, _box(raw, index, place))
    end_row()
    return rows, bad, seen


def _is_visible(raw: Any, index: int, hidden: AbstractSet[int | None]) -> bool:
    item = pdfium_c.FPDFText_GetTextObject(raw, index)
    if not item:
        return True
    if hidden and ctypes.cast(item, ctypes.c_void_p).value in hidden:
        return False
    return bool(pdfium_c.FPDFTextObj_GetTextRenderMode(item) != INVISIBLE)


def _is_meaningless(raw: Any, index: int, code: int) -> bool:
    private = 0xE000 <= code <= 0xF8FF or code in (0xFFFD, 0xFFFE, 0xFFFF)
    swapped = code & 0xFF == 0 and 0x20 <= code >> 8 < 0x7F  # bytes of UTF-16 the wrong way round
    return private or swapped or pdfium_c.FPDFText_HasUnicodeMapError(raw, index) == 1


def _character(code: int) -> str:
    """Marks that show nothing (direction, joining, soft hyphen) would only break words for search."""
    if 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        return "\ufffd"
    return "" if unicodedata.category(chr(code)) in ("Cc", "Cf") else chr(code)


def _box(raw: Any, index: int, place: Point) -> Pixels | None:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    if not pdfium_c.FPDFText_GetCharBox(raw, index, left, right, bottom, top):
        return None
    (ax, ay), (bx, by) = place(left.value, bottom.value), place(right.value, top.value)
    return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)


def _joined(one: Pixels | None, other: Pixels | None) -> Pixels | None:
    if one is None or other is None:
        return one or other
    return around((one, other))


def _row(words: list[Glyphs], first: bool) -> Row:
    return Row(tuple(words), around([word.box for word in words]), None, first)


# ------------------------------------------------------------------ comments

LINE = 60  #: characters
WORD_SPACE = 1
SMALLEST, LARGEST = 1.0, 10.0  #: points of a line's height


def comment_rows(text: str, box: Pixels) -> list[Row]:
    """The words of a comment in lines within its box (displayed points), for search alone."""
    lines = [line for part in text.splitlines() for line in textwrap.wrap(_shown(part), LINE)]
    if not lines:
        return []
    high = min(LARGEST, max(SMALLEST, (box[3] - box[1]) / len(lines)))
    wide = min(high / 2, max(0.2, (box[2] - box[0]) / max(map(len, lines))))
    rows = []
    for number, line in enumerate(lines):
        x, y = box[0], box[1] + number * high
        words = []
        for word in line.split():
            end = x + wide * len(word)
            words.append(Glyphs(word, 100.0, (x, y, end, y + high)))
            x = end + wide * WORD_SPACE
        rows.append(_row(words, number == 0))
    return rows


def _shown(text: str) -> str:
    return "".join(_character(ord(char)) if char != "\t" else " " for char in text)
