"""Where two pictures of one page differ: pure arithmetic on pixels, tolerant of noise.

A picture is an array of ``uint8``, height x width x channels (1 or 3), displayed colours.

A pixel counts where its value lies outside everything that the other picture shows within a small
distance; what lies outside is reduced by an allowance that grows with the contrast at that place, so
that edges of letters may be drawn otherwise and pale pencil on plain paper may not. The remainder is
summed over small fields of the page, and a field over its limit is a difference.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ocr.compare.orders import Spot

Picture = NDArray[np.uint8]
Map = NDArray[np.uint8]
Sums = NDArray[np.int64]
Marks = NDArray[np.bool_]

FIELD = 8  #: pixels; sums are taken over 2 x 2 fields, at every field
OUTER = 4  #: times the limit, within two millimetres of the page's edge
PATCH = 2  #: pixels by which contrast is looked at
FAINT = 64  #: contrast up to which nothing is allowed for it: pencil, a pale stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far two pictures of the same page may lie apart; values of 0..255."""

    distance: int  #: pixels that a thing may lie beside its place
    floor: int  #: difference that is allowed anywhere
    contrast: float  #: share of the contrast around a place, over ``FAINT``, allowed besides
    faint: int  #: difference that is allowed of what is pale, after a blur
    moves: int  #: pixels that a field as a whole may lie beside its place
    limit: int  #: of the sum of what is not allowed, over a square of 2 x 2 fields


def spots(source: Picture, copy: Picture, tolerance: Tolerance) -> tuple[Spot, ...]:
    """The places where the copy differs; empty where the pictures agree.

    Pictures that differ by up to two pixels in size are laid on each other at their top left.

    Raises:
        ValueError: the sizes differ by more.
    """
    source, copy = _alike(source, copy)
    window = _changed(source, copy, tolerance)
    if window is None:
        return ()
    sums_lost, sums_added = map(_sums, _excess(source[window], copy[window], tolerance))
    limits = _limits(sums_lost.shape, window, source.shape, tolerance)
    marked = sums_lost + sums_added > limits
    if marked.any() and tolerance.moves:
        sums_lost, sums_added = _at_best_place(
            source[window], copy[window], tolerance, limits, (sums_lost, sums_added)
        )
        marked &= sums_lost + sums_added > limits
    if not marked.any():
        return ()
    size = (float(source.shape[0]), float(source.shape[1]))
    return _grouped(marked, sums_lost, sums_added, (window[0].start, window[1].start), size)


def overlap(one: Spot, other: Spot) -> bool:
    """Whether two places share ground."""
    return (
        one.box[0] < other.box[2]
        and other.box[0] < one.box[2]
        and one.box[1] < other.box[3]
        and other.box[1] < one.box[3]
    )


def ink(picture: Picture) -> int:
    """How many pixels are visibly darker or lighter than most of the page."""
    grey = picture.min(axis=2)
    paper = int(np.bincount(grey.ravel(), minlength=256).argmax())
    return int(np.count_nonzero(np.abs(grey.astype(np.int16) - paper) > 40))


def _at_best_place(
    source: Picture, copy: Picture, tolerance: Tolerance, limits: Sums, sums: tuple[Sums, Sums]
) -> tuple[Sums, Sums]:
    """The sums of each field where the source is moved by a little to where it fits that field best.

    Drawers round the edges of a picture to whole pixels; nothing that is lost comes back by it.
    """
    marked = sums[0] + sums[1] > limits
    fields, pixels = _around(marked)
    source, copy, marked, limits = source[pixels], copy[pixels], marked[fields], limits[fields]
    lost, added = sums[0][fields], sums[1][fields]
    most = tolerance.moves
    wide = np.pad(source, ((most, most), (most, most), (0, 0)), mode="edge")
    steps = sorted(
        itertools.product(range(2 * most + 1), repeat=2),
        key=lambda step: abs(step[0] - most) + abs(step[1] - most),
    )
    for down, right in steps[1:]:
        if not (marked & (lost + added > limits)).any():
            break
        moved = wide[down : down + source.shape[0], right : right + source.shape[1]]
        here, there = map(_sums, _excess(moved, copy, tolerance))
        better = here + there < lost + added
        lost, added = np.where(better, here, lost), np.where(better, there, added)
    sums[0][fields], sums[1][fields] = lost, added
    return sums


def _limits(
    shape: tuple[int, ...],
    window: tuple[slice, slice],
    page: tuple[int, ...],
    tolerance: Tolerance,
) -> Sums:
    """The limit of each field; wider at the page's edge, where drawers round a picture's own edge."""
    limits: Sums = np.full(shape, tolerance.limit, np.int64)
    if tolerance.moves:
        for axis in (0, 1):
            starts = window[axis].start + FIELD * np.arange(shape[axis])
            outer = (starts < FIELD) | (starts + 2 * FIELD > page[axis] - FIELD)
            limits[(outer, slice(None)) if axis == 0 else (slice(None), outer)] = (
                OUTER * tolerance.limit
            )
    return limits


def _around(marked: Marks) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """What holds all marked fields, with some margin: in fields, and in pixels."""
    places = np.argwhere(marked)
    (top, left), (bottom, right) = places.min(axis=0), places.max(axis=0)
    spans = [(max(0, int(top) - 2), int(bottom) + 4), (max(0, int(left) - 2), int(right) + 4)]
    fields = (slice(*spans[0]), slice(*spans[1]))
    pixels = tuple(slice(first * FIELD, last * FIELD) for first, last in spans)
    return fields, (pixels[0], pixels[1])


def _alike(source: Picture, copy: Picture) -> tuple[Picture, Picture]:
    height, width = min(source.shape[0], copy.shape[0]), min(source.shape[1], copy.shape[1])
    most = max(
        *(abs(side - height) for side in (source.shape[0], copy.shape[0])),
        *(abs(side - width) for side in (source.shape[1], copy.shape[1])),
    )
    if most > 2:
        raise ValueError(f"pictures of {source.shape[:2]} and {copy.shape[:2]} pixels")
    source, copy = source[:height, :width], copy[:height, :width]
    if _is_grey(source) and _is_grey(copy):
        return source[:, :, :1], copy[:, :, :1]
    return source, copy


def _is_grey(picture: Picture) -> bool:
    if picture.shape[2] == 1:
        return True
    first = picture[:, :, 0]
    return np.array_equal(first, picture[:, :, 1]) and np.array_equal(first, picture[:, :, 2])


def _changed(source: Picture, copy: Picture, tolerance: Tolerance) -> tuple[slice, slice] | None:
    """The part of the page beyond which nothing differs; None: nothing does anywhere."""
    if np.array_equal(source, copy):
        return None
    apart = np.zeros(source.shape[:2], np.bool_)
    for one, other in _planes(source, copy):
        apart |= np.maximum(one, other) - np.minimum(one, other) > tolerance.floor
    rows = np.flatnonzero(apart.any(axis=1))
    if not len(rows):
        return None
    columns = np.flatnonzero(apart.any(axis=0))
    margin = 3 * FIELD
    return (
        slice(max(0, int(rows[0]) - margin), int(rows[-1]) + margin + 1),
        slice(max(0, int(columns[0]) - margin), int(columns[-1]) + margin + 1),
    )


def _planes(source: Picture, copy: Picture) -> Iterator[tuple[Map, Map]]:
    """Each channel of both by itself: many times faster than pixels of three values."""
    for channel in range(source.shape[2]):
        yield (
            np.ascontiguousarray(source[:, :, channel]),
            np.ascontiguousarray(copy[:, :, channel]),
        )


def _excess(source: Picture, copy: Picture, tolerance: Tolerance) -> tuple[Map, Map]:
    """What the source shows and the copy does not, and the other way round, beyond the allowance."""
    lost, added = _faint(_darkest(source), _darkest(copy), tolerance)
    for one, other in _planes(source, copy):
        only_one = _beyond(one, other, tolerance)
        only_other = _beyond(other, one, tolerance)
        if tolerance.contrast:
            contrast = _contrast(one, other)
            only_one = _less_allowance(only_one, contrast, tolerance.contrast)
            only_other = _less_allowance(only_other, contrast, tolerance.contrast)
        np.maximum(lost, only_one, out=lost)
        np.maximum(added, only_other, out=added)
    return lost, added


def _faint(one: Map, other: Map, tolerance: Tolerance) -> tuple[Map, Map]:
    """Differences of what is pale in both: looked at through a blur that takes the grain away."""
    flat = _contrast(one, other) <= FAINT
    mask = np.repeat(np.repeat(flat, PATCH, axis=0), PATCH, axis=1)[: one.shape[0], : one.shape[1]]
    here, there = _blurred(one), _blurred(other)
    floor = np.uint8(tolerance.faint)
    return _less(_less(there, here), floor) * mask, _less(_less(here, there), floor) * mask


def _darkest(picture: Picture) -> Map:
    darkest: Map = np.ascontiguousarray(picture[:, :, 0])
    for channel in range(1, picture.shape[2]):
        darkest = np.minimum(darkest, picture[:, :, channel])
    return darkest


def _blurred(plane: Map) -> Map:
    """The mean of 3 x 3 pixels."""
    wide = np.pad(plane, 1, mode="edge").astype(np.uint16)
    rows = wide[:-2] + wide[1:-1] + wide[2:]
    sums = rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]
    mean: Map = (sums // 9).astype(np.uint8)
    return mean


def _beyond(one: Map, other: Map, tolerance: Tolerance) -> Map:
    """How far ``one`` lies outside all that ``other`` shows nearby, less the floor."""
    low = _spread(other, tolerance.distance, np.minimum)
    high = _spread(other, tolerance.distance, np.maximum)
    beyond = np.maximum(_less(low, one), _less(one, high))
    return _less(beyond, np.uint8(tolerance.floor))


def _less_allowance(excess: Map, contrast: Map, share: float) -> Map:
    rows, columns = np.nonzero(excess)
    steep = _less(contrast[rows // PATCH, columns // PATCH], np.uint8(FAINT))
    allowed = (steep * share).astype(np.uint8)
    out = np.zeros_like(excess)
    out[rows, columns] = _less(excess[rows, columns], allowed)
    return out


def _contrast(one: Map, other: Map) -> Map:
    """Brightest less darkest of both pictures, by patches, each with its neighbours."""
    darkest = _by_patches(np.minimum(one, other), np.minimum)
    brightest = _by_patches(np.maximum(one, other), np.maximum)
    return _spread(brightest, 1, np.maximum) - _spread(darkest, 1, np.minimum)


def _by_patches(plane: Map, how: np.ufunc) -> Map:
    even = ((0, plane.shape[0] % PATCH), (0, plane.shape[1] % PATCH))
    plane = np.pad(plane, even, mode="edge")
    halves = how(plane[::PATCH], plane[1::PATCH])
    found: Map = how(halves[:, ::PATCH], halves[:, 1::PATCH])
    return found


def _less(one: Map, other: Map | np.uint8) -> Map:
    """The difference where it is positive, else 0."""
    return np.maximum(one, other) - other


def _spread(plane: Map, near: int, how: np.ufunc) -> Map:
    """At each pixel the least or greatest value within ``near`` pixels each way."""
    for axis in (0, 1):
        found = plane.copy()
        for step in range(1, near + 1):
            ahead, behind = [slice(None)] * 2, [slice(None)] * 2
            ahead[axis], behind[axis] = slice(step, None), slice(None, -step)
            how(found[tuple(behind)], plane[tuple(ahead)], out=found[tuple(behind)])
            how(found[tuple(ahead)], plane[tuple(behind)], out=found[tuple(ahead)])
        plane = found
    return plane


def _sums(excess: Map) -> Sums:
    """Sums over squares of 2 x 2 fields, one at each field."""
    height, width = (-(-side // FIELD) for side in excess.shape)
    padded = np.zeros((height * FIELD, width * FIELD), np.int64)
    padded[: excess.shape[0], : excess.shape[1]] = excess
    fields = padded.reshape(height, FIELD, width, FIELD).sum(axis=(1, 3))
    wide = np.pad(fields, ((0, 1), (0, 1)))
    sums: Sums = wide[:-1, :-1] + wide[1:, :-1] + wide[:-1, 1:] + wide[1:, 1:]
    return sums


def _grouped(
    marked: Marks,
    lost: Sums,
    added: Sums,
    origin: tuple[int, int],
    size: tuple[float, float],
) -> tuple[Spot, ...]:
    """Neighbouring fields as one place, the heaviest first."""
    found = []
    for cells in _clusters(marked):
        rows, columns = cells[:, 0], cells[:, 1]
        top, left = origin[0] + rows.min() * FIELD, origin[1] + columns.min() * FIELD
        bottom = origin[0] + (rows.max() + 2) * FIELD
        right = origin[1] + (columns.max() + 2) * FIELD
        found.append(
            Spot(
                box=(
                    round(float(left) / size[1], 4),
                    round(float(top) / size[0], 4),
                    round(min(1.0, float(right) / size[1]), 4),
                    round(min(1.0, float(bottom) / size[0]), 4),
                ),
                lost=int(lost[rows, columns].sum()),
                added=int(added[rows, columns].sum()),
            )
        )
    return tuple(sorted(found, key=lambda spot: -(spot.lost + spot.added)))


def _clusters(marked: Marks) -> list[NDArray[np.int64]]:
    """Connected groups of marked fields (rows x 2: row, column), gaps of one field bridged."""
    left = {(int(row), int(column)) for row, column in np.argwhere(marked)}
    groups = []
    while left:
        start = left.pop()
        group, ahead = [start], [start]
        while ahead:
            row, column = ahead.pop()
            for cell in [(row + i, column + j) for i in range(-2, 3) for j in range(-2, 3)]:
                if cell in left:
                    left.remove(cell)
                    group.append(cell)
                    ahead.append(cell)
        groups.append(np.array(group))
    return groups
