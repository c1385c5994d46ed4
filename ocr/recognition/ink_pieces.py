"""The connected pieces of ink in a small picture, and what their shapes say. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Mask = NDArray[np.bool_]
SPECK = 3  #: cells of ink; less is noise
LARGEST = 40_000  #: cells of a picture; more is no word


@dataclass(frozen=True, slots=True)
class Piece:
    """One connected piece; pixels, the far edges excluded."""

    x0: int
    y0: int
    x1: int
    y1: int
    mask: Mask  #: of its box

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2

    @property
    def filled(self) -> float:
        """Share of its box that is ink."""
        return float(self.mask.mean())

    def has_hole(self) -> bool:
        """Whether it encloses paper, as o and 4 do."""
        return len(_labelled(~np.pad(self.mask, 1), diagonal=False)) > 1


def cut(image: Image.Image, left: float, top: float, right: float, bottom: float) -> Image.Image:
    """A part of a picture, in grey: what of it lies within, a pixel at least."""
    x0 = min(max(0, round(left)), image.width - 1)
    y0 = min(max(0, round(top)), image.height - 1)
    x1, y1 = min(round(right), image.width), min(round(bottom), image.height)
    return image.crop((x0, y0, max(x0 + 1, x1), max(y0 + 1, y1))).convert("L")


def ink(part: Image.Image) -> Mask:
    """What is darker than half-way between the paper and the darkest ink."""
    values = np.asarray(part.convert("L"))
    paper = float(np.percentile(values, 90))
    return np.asarray(values < (paper + float(values.min())) / 2, np.bool_)


def pieces(mask: Mask) -> list[Piece]:
    """The pieces from left to right, specks left out; none of a picture too large for a word."""
    if mask.size == 0 or mask.size > LARGEST:
        return []
    out = []
    for runs in _labelled(mask, diagonal=True):
        x0, x1 = min(run[1] for run in runs), max(run[2] for run in runs)
        y0, y1 = min(run[0] for run in runs), max(run[0] for run in runs) + 1
        own = np.zeros((y1 - y0, x1 - x0), np.bool_)
        for y, start, end in runs:
            own[y - y0, start - x0 : end - x0] = True
        if own.sum() >= SPECK:
            out.append(Piece(x0, y0, x1, y1, own))
    return sorted(out, key=lambda piece: (piece.x0, piece.y0))


Run = tuple[int, int, int]  #: row, first and last column, the last excluded


def _labelled(mask: Mask, *, diagonal: bool) -> list[list[Run]]:
    """Runs of the rows, grouped by connection."""
    parents: list[int] = []
    runs: list[Run] = []
    above: list[int] = []
    reach = int(diagonal)
    for y in range(mask.shape[0]):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], mask[y].astype(np.int8), [0]))))
        here: list[int] = []
        first = 0  # of the row above that ends not before this run: both go from left to right
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            number = len(runs)
            runs.append((y, int(start), int(end)))
            parents.append(number)
            here.append(number)
            while first < len(above) and runs[above[first]][2] + reach <= start:
                first += 1
            near = first
            while near < len(above) and runs[above[near]][1] < end + reach:
                _unite(parents, above[near], number)
                near += 1
        above = here
    groups: dict[int, list[Run]] = {}
    for number, run in enumerate(runs):
        groups.setdefault(_root(parents, number), []).append(run)
    return list(groups.values())


def _unite(parents: list[int], one: int, other: int) -> None:
    parents[_root(parents, other)] = _root(parents, one)


def _root(parents: list[int], number: int) -> int:
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number


def picture(piece: Piece, height: int) -> Image.Image:
    """The piece alone, black on white, set at this height with a margin around it."""
    black = Image.fromarray(np.where(piece.mask, 0, 255).astype(np.uint8))
    size = max(1, round(piece.width * height / piece.height)), height
    large = black.resize(size, Image.Resampling.BICUBIC)
    paper = Image.new("L", (size[0] + 2 * height, 2 * height), 255)
    paper.paste(large, (height, height // 2))
    return paper


def rings(found: Sequence[Piece]) -> list[Piece]:
    return [piece for piece in found if piece.has_hole()]
