"""The formulas undo each other, and resolutions are distrusted where they cannot be."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr.geometry import (
    from_user_space,
    reading_dpi,
    sheet_size,
    straightener,
    to_user_space,
    turned_size,
    turner,
)

turns = st.sampled_from([0, 90, 180, 270])
lengths = st.floats(10, 2000)


@given(turns, lengths, lengths, st.floats(0, 1), st.floats(0, 1))
def test_turning_on_brings_back(turn: int, width: float, height: float, u: float, v: float) -> None:
    x, y = u * width, v * height
    there = turner(turn, width, height)(x, y)
    back = turner(360 - turn, *turned_size(width, height, turn))(*there)
    assert back == pytest.approx((x, y), abs=1e-6)


def test_clockwise() -> None:
    assert turner(90, 200, 100)(0, 0) == (100, 0)  # upper left goes to the upper right


@given(turns, st.floats(0, 1), st.floats(0, 1))
def test_user_space_and_back(rotate: int, u: float, v: float) -> None:
    box = (10.0, 20.0, 310.0, 520.0)
    width, height = turned_size(300, 500, rotate)
    x, y = u * width, v * height
    placed = to_user_space(box, rotate)(x, y)
    assert box[0] - 1e-6 <= placed[0] <= box[2] + 1e-6
    assert box[1] - 1e-6 <= placed[1] <= box[3] + 1e-6
    assert from_user_space(box, rotate)(*placed) == pytest.approx((x, y), abs=1e-6)


@given(st.floats(-9, 9))
def test_a_rising_line_becomes_level(skew: float) -> None:
    slope = math.tan(math.radians(skew))
    move = straightener(skew, 600, 800)
    left, right = move(100, 400), move(500, 400 - 400 * slope)
    assert left[1] == pytest.approx(right[1], abs=1e-6)


@pytest.mark.parametrize(
    ("pixels", "stated", "dpi"),
    [
        ((2480, 3508), 300, 300),
        ((1200, 1711), 600, 146),  # 2 inches wide: no sheet is; A4 is assumed
        ((1200, 1711), None, 146),
        ((4000, 3000), 72, 363),  # a camera's default
        ((14043, 9933), 300, 300),  # a plan of A0 may state 300
        ((1000, 1400), 1e9, 121),
    ],
)
def test_distrust(pixels: tuple[int, int], stated: float | None, dpi: float) -> None:
    assert reading_dpi(*pixels, stated) == pytest.approx(dpi, abs=1)


def test_a_sheet_without_resolution_is_a4() -> None:
    width, height = sheet_size(1240, 1754, None)
    assert (width, height) == pytest.approx((595, 842), abs=1)


@given(st.integers(1, 100_000), st.integers(1, 100_000), st.none() | st.floats(0, 5000))
def test_every_sheet_fits_into_a_pdf(width: int, height: int, dpi: float | None) -> None:
    sheet = sheet_size(width, height, None if dpi is None else (dpi, dpi))
    assert all(3 <= side <= 14400 for side in sheet)
