"""Which comments leave the page readable by their nature, as a viewer draws them (ISO 32000-2, 12.5.6).

What a viewer makes of a comment follows from its entries: the width of a line, the colour, the
place of the marked words. Each is bounded here, and so is what all the comments of a page come to.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import Any

from pyhanko.pdf_utils import generic

from signing.formats.pdf.reader import ENGINE_ERRORS, entry

PLAIN = frozenset(
    {"/Text", "/Highlight", "/Underline", "/Squiggly", "/StrikeOut", "/Ink", "/Line", "/Caret",
     "/Popup"}
)  # fmt: skip
MARKS = frozenset({"/Highlight", "/Underline", "/Squiggly", "/StrikeOut"})
STROKES = frozenset({"/Ink", "/Line"})
ICONS = frozenset({"/Text", "/Caret"})
ICON = 40.0  #: points; how large an icon, or a picture of its own, may be
TALLEST = 40.0  #: points; the height of words that are marked
WIDEST = 3.0  #: points; the width of a line
APART = 2.0  #: points between icons, so that several are no picture together
MOST_ICONS = 20
MOST = 500  #: comments added to a page
INKED = 20_000.0  #: square points that the strokes of a page may take up; 4 % of A4
LIGHT = 0.8  #: a colour without anything darker is the paper's own
SHADE = 0.5  #: brightness that a ground below black words must have
ACTS = frozenset({"/A", "/AA", "/Dest", "/OC"})
APPEARANCE = "/AP"
NOTHING = generic.ArrayObject()

Box = tuple[float, float, float, float]


def is_plain(annotation: object) -> bool:
    """Whether one comment by itself leaves the page readable."""
    try:
        if not isinstance(annotation, generic.DictionaryObject):
            return False
        kind = entry(annotation, "/Subtype")
        if kind not in PLAIN or ACTS & annotation.keys() or _is_open(annotation):
            return False
        if entry(annotation, "/BM") not in (None, "/Multiply"):
            return False  # a mark that does not let the words below it through
        box = _box(annotation)
        small = box[2] - box[0] <= ICON and box[3] - box[1] <= ICON
        if not small and (APPEARANCE in annotation or kind in ICONS):
            return False
        if not 0 <= _width(annotation) <= WIDEST:
            return False
        if kind in MARKS:
            return _are_words(annotation, box) and _is_mark(kind, _colour(annotation))
        return kind not in STROKES or _is_stroke(annotation)
    except ENGINE_ERRORS:
        return False


def are_plain_together(annotations: Sequence[generic.DictionaryObject]) -> bool:
    """Whether all the comments added to a page, each plain by itself, leave it readable."""
    try:
        icons = [
            _box(each)
            for each in annotations
            if entry(each, "/Subtype") in ICONS or APPEARANCE in each
        ]
        if len(annotations) > MOST or len(icons) > MOST_ICONS:
            return False
        if any(_touch(one, other) for one, other in combinations(icons, 2)):
            return False
        return sum(map(_inked, annotations)) <= INKED
    except ENGINE_ERRORS:
        return False


def _is_open(annotation: generic.DictionaryObject) -> bool:
    """A window over the page as soon as the document is opened."""
    return bool(entry(annotation, "/Open"))


def _box(annotation: generic.DictionaryObject) -> Box:
    x, y, other_x, other_y = _numbers(entry(annotation, "/Rect"))
    return min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)


def _numbers(value: Any) -> list[float]:
    found = [float(each.get_object()) for each in value.get_object()]
    if not all(math.isfinite(each) for each in found):
        raise ValueError("a number that is none")
    return found


def _width(annotation: generic.DictionaryObject) -> float:
    """The width of lines; of the two entries the larger one, as viewers read one or the other."""
    style, border = entry(annotation, "/BS"), entry(annotation, "/Border")
    widths = [1.0]
    if style is not None and "/W" in style:
        widths.append(float(style["/W"]))
    if border is not None and len(border) > 2:
        widths.append(float(border[2]))
    return max(widths) if min(widths) >= 0 else -1.0


def _colour(
    annotation: generic.DictionaryObject, key: str = "/C"
) -> tuple[float, float, float] | None:
    """Red, green and blue; None where the viewer takes its own."""
    parts = _numbers(entry(annotation, key) or NOTHING)
    if len(parts) == 1:
        return parts[0], parts[0], parts[0]
    if len(parts) == 4:
        black = parts[3]
        red, green, blue = ((1 - part) * (1 - black) for part in parts[:3])
        return red, green, blue
    if len(parts) == 3:
        return parts[0], parts[1], parts[2]
    if parts:
        raise ValueError("a colour that is none")
    return None


def _is_mark(kind: str, colour: tuple[float, float, float] | None) -> bool:
    """Black words stay readable on it, or it is a line that is seen."""
    if colour is None:
        return True
    if min(colour) > LIGHT:
        return False
    red, green, blue = colour
    return kind != "/Highlight" or 0.3 * red + 0.59 * green + 0.11 * blue >= SHADE


def _are_words(annotation: generic.DictionaryObject, box: Box) -> bool:
    """The marked places lie in the rectangle and are as high as lines of text."""
    points = _numbers(entry(annotation, "/QuadPoints") or NOTHING)
    if len(points) % 8:
        return False
    for start in range(0, len(points), 8):
        columns, rows = points[start : start + 8 : 2], points[start + 1 : start + 8 : 2]
        within = (
            box[0] - APART <= min(columns)
            and box[1] - APART <= min(rows)
            and max(columns) <= box[2] + APART
            and max(rows) <= box[3] + APART
        )
        if not within or min(_spread(columns), _spread(rows)) > TALLEST:
            return False
    return bool(points) or min(box[2] - box[0], box[3] - box[1]) <= TALLEST


def _spread(values: list[float]) -> float:
    return max(values) - min(values)


def _is_stroke(annotation: generic.DictionaryObject) -> bool:
    """A line that is seen where it runs and where it ends, and no words on it (/Cap, table 178)."""
    colours = (_colour(annotation), _colour(annotation, "/IC"))
    if entry(annotation, "/Cap") or any(each and min(each) > LIGHT for each in colours):
        return False
    return _inked(annotation) <= INKED


def _inked(annotation: generic.DictionaryObject) -> float:
    """The area of its strokes."""
    if entry(annotation, "/Subtype") not in STROKES:
        return 0.0
    width = max(1.0, _width(annotation))
    return sum(
        width * (width + math.dist(one, other))
        for path in _paths(annotation)
        for one, other in pairwise(path)
    )


def _paths(annotation: generic.DictionaryObject) -> Iterator[list[tuple[float, float]]]:
    listed = [*(entry(annotation, "/InkList") or ()), entry(annotation, "/L") or NOTHING]
    for path in listed:
        points = _numbers(path)
        yield list(zip(points[::2], points[1::2], strict=True))


def _touch(one: Box, other: Box) -> bool:
    return (
        one[0] - APART < other[2]
        and other[0] - APART < one[2]
        and one[1] - APART < other[3]
        and other[1] - APART < one[3]
    )
