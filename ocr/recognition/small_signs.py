"""Signs that no model of Debian has, told by their shapes: ² ³ ½ ¼ ¾ ‰ – · •. Pure.

The German models read ``m²`` as ``m?``, ``½`` as ``%``, ``–`` and ``·`` as ``-``. The word says which signs may
stand there, the pieces of ink say which one does; small digits are read at full size by a reader that
is passed in. Where the shape leaves it open, the word stays. Measured in docs/explanation/ocr.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ocr.recognition.ink_pieces import Piece, rings

Digit = Callable[[Piece], str]  #: what a piece says as a digit at full size; empty: none

RAISED = re.compile(r"(\W*(?:\d[\d.,]*)?(?:\S*/)?[kcdm]?m)[?23*°'’\"“”^]{1,2}([.,;:)]*)")
PERCENT = re.compile(r"(\W*\d*)(?:%[o0°&®]?|[YV]|Y[24])([.,;:)]*)")
PERMILLE = re.compile(r"%[o0°]")  #: a percent sign with a third ring can be no other
LONE = re.compile(r"[-–—:»«*+°®.=_~•e]")
BEFORE_UNIT = re.compile(r".*\d|\W*(?:je|pro|per|in|€|EUR|Euro|ca\.?|rd\.?)", re.IGNORECASE)

FRACTIONS = {"12": "½", "14": "¼", "34": "¾"}
EM_DASH = 1.0  #: of the height of capitals: what is wider is an em dash
POINT, BULLET = 0.27, 0.75  #: of the height of letters: up to it a middle dot; up to it a bullet


def may_be_small(text: str, before: str) -> bool:
    """Whether the word may end in a sign that the models lack; ``before`` is the word to its left."""
    raised = RAISED.fullmatch(text)
    if raised:
        return any(char.isdigit() or char == "/" for char in raised[1]) or bool(
            BEFORE_UNIT.fullmatch(before)
        )
    return PERCENT.fullmatch(text) is not None


def small(text: str, found: Sequence[Piece], digit: Digit) -> str | None:
    """The word with the small sign that its pieces show; none where they show no such."""
    raised = RAISED.fullmatch(text)
    if raised:
        sign = _raised(found, digit)
        return raised[1] + sign + raised[2] if sign else None
    percent = PERCENT.fullmatch(text)
    if percent is None:
        return None
    sign = "‰" if PERMILLE.search(text) else _permille(found) or _fraction(found, digit)
    return percent[1] + sign + percent[2] if sign else None


def _raised(found: Sequence[Piece], digit: Digit) -> str:
    """A small digit behind a letter: it ends well above the letter's foot, and nothing lies below it."""
    for letter, piece in pairwise(found):
        high = letter.height
        above_foot = piece.y1 <= letter.y1 - 0.45 * high and piece.y0 < letter.y0
        sized = 0.4 * high <= piece.height <= 0.95 * high
        alone = not any(
            other.y0 >= piece.y1 and other.x0 < piece.x1 and piece.x0 < other.x1 for other in found
        )
        if above_foot and sized and alone:
            return {"2": "²", "3": "³"}.get(digit(piece), "")
    return ""


def _fraction(found: Sequence[Piece], digit: Digit) -> str:
    """Digit, stroke, digit; the upper left one of a percent sign is a ring."""
    for upper, stroke, lower in zip(found, found[1:], found[2:], strict=False):
        high = stroke.height
        small_digits = max(upper.height, lower.height) <= 0.75 * high
        placed = abs(upper.y0 - stroke.y0) <= 0.2 * high and abs(lower.y1 - stroke.y1) <= 0.2 * high
        if small_digits and placed and upper.middle < lower.middle and not upper.has_hole():
            return FRACTIONS.get(digit(upper) + digit(lower), "")
    return ""


def _permille(found: Sequence[Piece]) -> str:
    """Three rings of one size, the last two side by side on the line."""
    small_rings = rings(found)[-3:]
    if len(small_rings) < 3:
        return ""
    first, second, third = small_rings
    high = second.height
    level = abs(second.y1 - third.y1) <= 0.2 * high and first.y1 < second.y1 - 0.4 * high
    alike = max(abs(ring.height - high) for ring in small_rings) <= 0.25 * high
    return "‰" if level and alike else ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a mark stands alone: pixels of the picture that its piece was cut from."""

    foot: float  #: the baseline
    high: float  #: height of capital letters in this line
    hyphen: float | None  #: width that a dash has at least; none: too few hyphens to compare with
    between: bool  #: words on both sides
    first: bool  #: of its line


def lone_mark(text: str, found: Sequence[Piece], at: Standing) -> str | None:
    """A mark that stands alone between blanks: a middle dot, a bullet or a dash, by its only piece."""
    if len(found) != 1 or not LONE.fullmatch(text):
        return None
    [piece] = found
    if not 0.15 <= (at.foot - piece.middle) / at.high <= 0.65:
        return None
    proportion = piece.width / piece.height
    size = max(piece.width, piece.height) / at.high
    if size <= POINT and at.between and 0.6 <= proportion <= 1.6 and piece.filled >= 0.6:
        return "·" if text != "·" else None
    if POINT < size <= BULLET and (at.between or at.first) and _is_disc(piece, proportion):
        return "•" if text != "•" else None
    dash = at.hyphen and proportion >= 2 and at.hyphen <= piece.width <= EM_DASH * at.high
    return "–" if dash and text in "-—" else None


def _is_disc(piece: Piece, proportion: float) -> bool:
    return 0.75 <= proportion <= 1.33 and piece.filled >= 0.7 and not piece.has_hole()
