"""What a page's ink says: text that was not read, and whether anything is there at all.

All figures come from docs/explanation/ocr.md; sizes are millimetres on paper, hence the resolution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from ocr.transcript import Glyphs, Pixels, Row

Mask = NDArray[np.bool_]

WORK_DPI = 100
RUN = 8  #: cells (about 1 mm) that ink must reach to count as text
TEXT_CELLS = 1500  #: of text-like ink: more than dark edges on all four sides make
ENOUGH_INK_FOR_TEXT = 4000  #: cells; beyond it a page has content, and counting components is dear


@dataclass(frozen=True, slots=True)
class Ink:
    """The page in cells of about 1 mm: where there is text-like ink."""

    textlike: Mask
    cell: float  #: pixels of the page's image in one cell
    width: int
    height: int

    def is_of_text(self) -> bool:
        """So much of it that the page cannot be blank: no need to count its marks."""
        return int(self.textlike.sum()) >= TEXT_CELLS


def ink_of(image: Image.Image, dpi: float) -> Ink:
    """Text-like ink: 6-80 % of a cell darker than its surroundings, in runs of 8 mm, 2 mm high."""
    grey, factor = _small(image, dpi)
    mm = dpi / factor / 25.4
    values = np.asarray(grey, np.float32)
    local = np.asarray(grey.filter(ImageFilter.BoxBlur(max(2, int(4 * mm)))), np.float32)
    dark = (values < 0.8 * local) & (local > 50)
    side = max(2, round(mm))
    high, wide = dark.shape[0] // side, dark.shape[1] // side
    if not high or not wide:
        return Ink(np.zeros((1, 1), np.bool_), side * factor, image.width, image.height)
    share = dark[: high * side, : wide * side].reshape(high, side, wide, side).mean((1, 3))
    inked = (share > 0.06) & (share < 0.8)
    neighbour = np.zeros_like(inked)
    neighbour[1:] |= inked[:-1]
    neighbour[:-1] |= inked[1:]
    return Ink(_runs(inked & neighbour, RUN), side * factor, image.width, image.height)


def _small(image: Image.Image, dpi: float) -> tuple[Image.Image, int]:
    factor = max(1, round(dpi / WORK_DPI))
    grey = image.convert("L")
    return (grey.reduce(factor) if factor > 1 else grey), factor


def _runs(cells: Mask, shortest: int, gap: int = 3) -> Mask:
    out = np.zeros_like(cells)
    for y in np.nonzero(cells.any(1))[0]:
        xs = np.nonzero(cells[y])[0]
        for run in np.split(xs, np.nonzero(np.diff(xs) > gap + 1)[0] + 1):
            length = run[-1] - run[0] + 1
            if length >= shortest and len(run) >= 0.5 * length:
                out[y, run] = True
    return out


def uncovered_cells(ink: Ink, rows: list[Row], least: float = 0.0) -> Mask:
    """Cells of text-like ink that no word of at least this confidence covers.

    A word as high as a thumb or as large as a picture is a misreading, and hides nothing, unless it
    was read surely and is as long as so many large letters are.
    """
    covered = np.zeros_like(ink.textlike)
    for row in rows:
        for word in row.words:
            x0, y0, x1, y1 = word.box
            h = y1 - y0
            large = h > 15 * ink.cell or (x1 - x0) * h > 0.25 * ink.width * ink.height
            if word.confidence < least or (large and not _is_large_print(word)):
                continue
            top, bottom = max(0, int((y0 - 0.35 * h) / ink.cell)), int((y1 + 0.35 * h) / ink.cell)
            left, right = max(0, int((x0 - 0.3 * h) / ink.cell)), int((x1 + 0.3 * h) / ink.cell)
            covered[top : bottom + 1, left : right + 1] = True
    return _runs(ink.textlike & ~covered, 6)


SURE = 85.0  #: confidence from which large letters are believed
LETTER = (0.25, 1.3)  #: width of a letter in heights of its word


def _is_large_print(word: Glyphs) -> bool:
    x0, y0, x1, y1 = word.box
    wide = (x1 - x0) / max(1, len(word.text)) / max(1e-6, y1 - y0)
    return word.confidence >= SURE and len(word.text) > 2 and LETTER[0] <= wide <= LETTER[1]


def uncovered(ink: Ink, rows: list[Row]) -> float:
    """Share of text-like ink outside all words, 0..1."""
    return float(uncovered_cells(ink, rows).sum()) / max(1, int(ink.textlike.sum()))


def regions(ink: Ink, rows: list[Row], least: float = 40.0) -> list[Pixels]:
    """Bands of the page, in pixels, whose ink no word of confidence 40 covers."""
    cells = uncovered_cells(ink, rows, least)
    lines = np.nonzero(cells.any(1))[0]
    out: list[Pixels] = []
    if not len(lines):
        return out
    for band in np.split(lines, np.nonzero(np.diff(lines) > 5)[0] + 1):
        if len(band) < 2:
            continue
        xs = np.nonzero(cells[band[0] : band[-1] + 1].any(0))[0]
        out.append(
            (
                max(0.0, float(xs[0] - 4) * ink.cell),
                max(0.0, float(band[0] - 4) * ink.cell),
                min(float(ink.width), float(xs[-1] + 5) * ink.cell),
                min(float(ink.height), float(band[-1] + 5) * ink.cell),
            )
        )
    return out


def fullest_band(ink: Ink, dpi: float, millimetres: float = 80.0) -> Pixels | None:
    """The 80 mm of the page that hold most text, in pixels; None on a page without any."""
    per_row = ink.textlike.sum(1)
    high = max(1, int(millimetres * dpi / 25.4 / ink.cell))
    if not per_row.any():
        return None
    sums = np.convolve(per_row, np.ones(high, np.int64), "valid") if len(per_row) > high else None
    top = 0 if sums is None else int(sums.argmax())
    upper = top * ink.cell
    return 0.0, upper, float(ink.width), min(float(ink.height), upper + high * ink.cell)


# ------------------------------------------------------------------ blank pages

SOLID, FAINT = 0.78, 0.92  #: darker than this share of the paper around

Cell = tuple[int, int]


def blankness(image: Image.Image, dpi: float) -> str:
    """``content``, ``doubtful`` (faint pencil or bleed-through: cannot be told apart) or ``blank``."""
    grey, factor = _small(image, dpi)
    mm = dpi / factor / 25.4
    if min(grey.size) < 12 * mm:  # too small for the measure: never called blank
        return "content"
    if _marks(grey, mm, SOLID) >= 5:
        return "content"
    return "blank" if _marks(grey, mm, FAINT) < 8 else "doubtful"


def _marks(grey: Image.Image, mm: float, darker: float) -> float:
    """Square millimetres of marks that are no specks, edges, punch holes or folds."""
    share = _shares(grey, mm, darker)
    high, wide = share.shape
    cells = {(int(y), int(x)) for y, x in zip(*np.nonzero(share > 0.05), strict=True)}
    if len(cells) > 3 * ENOUGH_INK_FOR_TEXT:
        return float(len(cells))
    _drop_dark_edges(cells, high, wide)
    if len(cells) > ENOUGH_INK_FOR_TEXT:
        return float(len(cells))
    total = 0
    while cells:
        part = _component(cells)
        if len(part) >= 5 and not _is_hole(part, share) and not _is_fold(part):
            total += len(part)
    return float(total)


def _shares(grey: Image.Image, mm: float, darker: float) -> NDArray[np.float64]:
    values = np.asarray(grey, np.float32)
    paper = np.asarray(grey.filter(ImageFilter.BoxBlur(int(6 * mm))), np.float32)
    ink = values < np.maximum(paper, np.percentile(values, 40) * 0.75) * darker - 4
    high, wide = int(ink.shape[0] / mm), int(ink.shape[1] / mm)
    y = (np.arange(high + 1) * mm).astype(int)
    x = (np.arange(wide + 1) * mm).astype(int)
    sums = np.zeros((ink.shape[0] + 1, ink.shape[1] + 1), np.int64)
    sums[1:, 1:] = ink.cumsum(0, dtype=np.int64).cumsum(1, dtype=np.int64)
    boxes = (
        sums[np.ix_(y[1:], x[1:])]
        - sums[np.ix_(y[:-1], x[1:])]
        - sums[np.ix_(y[1:], x[:-1])]
        + sums[np.ix_(y[:-1], x[:-1])]
    )
    return np.asarray(boxes / (mm * mm), np.float64)


def _around(cell: Cell) -> list[Cell]:
    y, x = cell
    return [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]


def _drop_dark_edges(cells: set[Cell], high: int, wide: int) -> None:
    def from_edge(cell: Cell) -> int:
        return min(cell[0], cell[1], high - 1 - cell[0], wide - 1 - cell[1])

    todo = [cell for cell in cells if from_edge(cell) < 2]
    while todo:
        cell = todo.pop()
        if cell in cells:
            cells.remove(cell)
            todo += [near for near in _around(cell) if near in cells and from_edge(near) < 9]


def _component(cells: set[Cell]) -> list[Cell]:
    stack, part = [cells.pop()], []
    while stack:
        cell = stack.pop()
        part.append(cell)
        for near in _around(cell):
            if near in cells:
                cells.remove(near)
                stack.append(near)
    return part


def _extent(part: list[Cell]) -> tuple[int, int, int, int]:
    ys, xs = [cell[0] for cell in part], [cell[1] for cell in part]
    return min(ys), min(xs), max(ys), max(xs)


def _is_hole(part: list[Cell], share: NDArray[np.float64]) -> bool:
    top, left, bottom, right = _extent(part)
    h, w = bottom - top + 1, right - left + 1
    high, wide = share.shape
    near_edge = min(top, left, high - 1 - bottom, wide - 1 - right) < 25
    filled = len(part) > 0.55 * h * w and float(np.mean([share[c] for c in part])) > 0.5
    return 4 <= h <= 10 and 4 <= w <= 10 and filled and near_edge


def _is_fold(part: list[Cell]) -> bool:
    top, left, bottom, right = _extent(part)
    thin, long = sorted((bottom - top + 1, right - left + 1))
    return (thin <= 1 and long >= 5) or (thin <= 2 and long >= 60)
