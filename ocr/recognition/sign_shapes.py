"""Looking at the ink of words whose sign no model has: the way from a page's picture to ``small_signs``.

Only for isolated children: small digits are read by the engine.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from dataclasses import replace

from PIL import Image

from ocr.engines import engine
from ocr.recognition.ink_pieces import Piece, cut, ink, picture, pieces
from ocr.recognition.small_signs import LONE, Standing, lone_mark, may_be_small, small
from ocr.transcript import Glyphs, Row

MOST = 200  #: words of a page that are looked at
HYPHENS = 8  #: words with a hyphen that are measured, at most
WIDER, WIDER_THAN_ONE = 1.35, 1.5  #: times the usual hyphen; where one alone could be measured
ABOVE, BELOW = 1.4, 0.3  #: of the height of capitals: what is cut above and below the baseline
CHARACTER = 10  #: page segmentation: one character
DIGIT_HEIGHT = 30
LEVEL = re.compile(r"[A-ZÄÖÜ0-9bdfhklt]")
DEEP = re.compile(r"[gjpqyſß,;()\[\]/|Q§]")
HYPHENED = re.compile(r"\w{2,}-\w*")


def mended(image: Image.Image, rows: list[Row], language: str) -> list[Row]:
    """The rows with the small digits, dots and dashes that their shapes show; boxes stay."""
    found = list(_doubts(rows))[:MOST]
    if not found:
        return rows
    words = [list(row.words) for row in rows]
    dash = (
        _least_dash(image, rows) if any(_is_lone(rows[at], place) for at, place in found) else None
    )
    for at, place in found:
        row = rows[at]
        high = _height(row)
        if high > 0:
            words[at][place] = _mended(image, row, place, high, dash, language)
    return [replace(row, words=tuple(each)) for row, each in zip(rows, words, strict=True)]


def _mended(
    image: Image.Image, row: Row, place: int, high: float, dash: float | None, language: str
) -> Glyphs:
    old = row.words[place]
    seen = _pieces(image, row, place, high)
    if _is_lone(row, place):
        standing = Standing(
            foot=ABOVE * high,
            high=high,
            hyphen=dash * high if dash else None,
            between=0 < place < len(row.words) - 1,
            first=place == 0,
        )
        text = lone_mark(old.text, seen, standing)
    else:
        text = small(old.text, seen, lambda piece: _digit(piece, language))
    return old if text is None else replace(old, text=text)


def _is_lone(row: Row, place: int) -> bool:
    return len(row.words) > 1 and LONE.fullmatch(row.words[place].text) is not None


def _least_dash(image: Image.Image, rows: list[Row]) -> float | None:
    """Width from which a lone hyphen is a dash, in heights of capitals, by the page's hyphens.

    In typewriting a dash is a hyphen between blanks: without hyphens to compare with nothing is said.
    """
    widths = list(_hyphens(image, rows))
    if not widths:
        return None
    return statistics.median(widths) * (WIDER if len(widths) > 1 else WIDER_THAN_ONE)


def _doubts(rows: list[Row]) -> Iterator[tuple[int, int]]:
    for at, row in enumerate(rows):
        for place, word in enumerate(row.words):
            before = row.words[place - 1].text if place else ""
            if _is_lone(row, place) or may_be_small(word.text, before):
                yield at, place


def _digit(piece: Piece, language: str) -> str:
    rows = engine.read_as_is(picture(piece, DIGIT_HEIGHT), engine.READ_DPI, language, CHARACTER)
    said = "".join(word.text for row in rows for word in row.words)
    return (
        said if said in ("1", "2", "3", "4") else "1" if said in ("ı", "l", "|", "I", "ıl") else ""
    )


def _hyphens(image: Image.Image, rows: list[Row]) -> Iterator[float]:
    """Widths of the page's hyphens within words, in heights of their lines' capitals."""
    at_most = HYPHENS
    for row in rows:
        high = _height(row)
        for place, word in enumerate(row.words):
            if at_most and high > 0 and HYPHENED.fullmatch(word.text):
                at_most -= 1
                flat = [
                    piece
                    for piece in _pieces(image, row, place, high)
                    if piece.width >= 1.6 * piece.height
                    and 0.15 <= (ABOVE * high - piece.middle) / high <= 0.65
                ]
                yield from (piece.width / high for piece in flat[-1:])


def _pieces(image: Image.Image, row: Row, place: int, high: float) -> list[Piece]:
    """The ink of a word, up to half the way to its neighbours; the baseline lies ``ABOVE`` under the cut's top."""
    word = row.words[place]
    foot = row.baseline_at((word.box[0] + word.box[2]) / 2)
    before = row.words[place - 1].box[2] if place else word.box[0] - high
    after = row.words[place + 1].box[0] if place + 1 < len(row.words) else word.box[2] + high
    left = word.box[0] - min(high / 3, max(0.0, (word.box[0] - before) / 2))
    right = word.box[2] + min(high / 3, max(0.0, (after - word.box[2]) / 2))
    top, bottom = foot - ABOVE * high, foot + BELOW * high
    return pieces(ink(cut(image, left, top, right, bottom)))


def _height(row: Row) -> float:
    """Of capital letters: words that rise and do not descend; 0 where the line has none."""
    heights = [
        word.box[3] - word.box[1]
        for word in row.words
        if len(word.text) > 1 and LEVEL.search(word.text) and not DEEP.search(word.text)
    ]
    return statistics.median(heights) if heights else 0.0
