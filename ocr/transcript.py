"""Lines and words as read from a picture: their shapes, measures of a reading, and moving them about."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

Pixels = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A word as read: pixels of the image, y down."""

    text: str
    confidence: float
    box: Pixels


STEEPEST = 0.2  #: slope of a baseline; what is steeper comes of a box a few pixels wide


@dataclass(frozen=True, slots=True)
class Row:
    """A line as read."""

    words: tuple[Glyphs, ...]
    box: Pixels
    baseline: Pixels | None
    begins_paragraph: bool

    @property
    def slope(self) -> float:
        """Pixels down for one to the right; 0 where the baseline is too short or too steep to be one."""
        x0, y0, x1, y1 = self._baseline()
        slope = (y1 - y0) / (x1 - x0) if x1 > x0 else 0.0
        return slope if abs(slope) <= STEEPEST else 0.0

    def baseline_at(self, x: float) -> float:
        """The height of the baseline at ``x``, extended over the whole row."""
        x0, y0, _x1, _y1 = self._baseline()
        return y0 + self.slope * (x - x0)

    def _baseline(self) -> Pixels:
        left, _top, right, bottom = self.box
        return self.baseline or (left, bottom, right, bottom)


def around(boxes: Iterable[Pixels]) -> Pixels:
    """The smallest box that holds all of these, one at least."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


# ------------------------------------------------------------------ measures of a reading


def letters(rows: list[Row]) -> int:
    return sum(len(word.text) for row in rows for word in row.words)


def confidence(rows: list[Row]) -> float:
    """Mean over letters, 0..100; 0 for nothing."""
    total = sum(word.confidence * len(word.text) for row in rows for word in row.words)
    return total / max(1, letters(rows))


def sure_letters(rows: list[Row]) -> float:
    """Letters weighted with confidence, of words with 50 and more: by this, readings compete."""
    return sum(
        word.confidence * len(word.text) / 100
        for row in rows
        for word in row.words
        if word.confidence >= 50
    )


def standing(rows: list[Row]) -> float:
    """Share of longer words that are higher than wide: text lying on its side."""
    tall = [
        word.box[3] - word.box[1] > word.box[2] - word.box[0]
        for row in rows
        for word in row.words
        if len(word.text) > 3
    ]
    return statistics.mean(tall) if len(tall) > 4 else 0.0


# ------------------------------------------------------------------ moving rows about


def mapped(rows: list[Row], point: Callable[[float, float], tuple[float, float]]) -> list[Row]:
    """Rows with every point moved by a function that keeps axis-parallel boxes axis-parallel."""

    def box(old: Pixels) -> Pixels:
        (ax, ay), (bx, by) = point(old[0], old[1]), point(old[2], old[3])
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    def base(old: Pixels | None) -> Pixels | None:
        return None if old is None else (*point(old[0], old[1]), *point(old[2], old[3]))

    return [
        replace(
            row,
            words=tuple(replace(word, box=box(word.box)) for word in row.words),
            box=box(row.box),
            baseline=base(row.baseline),
        )
        for row in rows
    ]


def scaled(rows: list[Row], kx: float, ky: float) -> list[Row]:
    return mapped(rows, lambda x, y: (x * kx, y * ky))


def shifted(rows: list[Row], dx: float, dy: float) -> list[Row]:
    return mapped(rows, lambda x, y: (x + dx, y + dy))
