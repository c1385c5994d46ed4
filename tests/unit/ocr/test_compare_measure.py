"""Pictures of one page: what counts as a difference, and what is noise."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.compare.differences import Tolerance, ink, spots
from ocr.compare.orders import Made
from ocr.compare.pages import STRAIGHTENED, TOLERANCES

ALL = (*TOLERANCES.values(), STRAIGHTENED)
Picture = NDArray[np.uint8]


@functools.cache
def sheet(seed: int = 1, size: tuple[int, int] = (760, 640)) -> Picture:
    """The top of an A4 page at 100 dpi: lines of text and a little grain."""
    image = Image.new("RGB", size, (250, 249, 246))
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(14)
    for number in range(10):
        draw.text((80, 90 + 30 * number), f"Zeile {number}: das Amt teilt mit.", (20, 20, 20), font)
    grain = np.random.default_rng(seed).integers(-3, 4, (size[1], size[0], 1))
    return np.clip(np.asarray(image).astype(int) + grain, 0, 255).astype(np.uint8)


def drawn(picture: Picture, what: str) -> Picture:
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    small = ImageFont.load_default(11)  # 8 pt at 100 dpi
    if what == "line of 8 pt":
        draw.text(
            (90, 420), "Gegen diesen Bescheid kann Klage erhoben werden.", (40, 40, 40), small
        )
    elif what == "word among the lines":
        draw.text((400, 97), "nicht", (20, 20, 20), small)
    elif what == "stamp":
        draw.ellipse((500, 420, 620, 500), outline=(190, 30, 40), width=2)
    elif what == "stroke":
        draw.line([(300, 520), (340, 500), (360, 530), (400, 510)], (20, 30, 120), width=2)
    elif what == "pencil":
        draw.line([(500, 570), (560, 555), (600, 580), (700, 560)], (205, 205, 205), width=2)
    return np.asarray(image)


KINDS = ("line of 8 pt", "word among the lines", "stamp", "stroke", "pencil")


@pytest.mark.parametrize("tolerance", ALL)
@pytest.mark.parametrize("what", KINDS)
def test_what_is_lost_is_found_and_what_is_added_too(what: str, tolerance: Tolerance) -> None:
    without = sheet(1)
    lost = spots(drawn(sheet(2), what), without, tolerance)
    assert lost and lost[0].lost > lost[0].added
    added = spots(without, drawn(sheet(2), what), tolerance)
    assert added and added[0].added > added[0].lost


@pytest.mark.parametrize("tolerance", ALL)
def test_grain_and_a_shift_by_less_than_a_pixel_are_noise(tolerance: Tolerance) -> None:
    assert not spots(sheet(1), sheet(2), tolerance)
    fine = Image.fromarray(sheet(1)).resize((1520, 1280), Image.Resampling.BICUBIC)
    half_a_pixel = (1, 0, 1, 0, 1, 1)
    shifted = fine.transform(
        fine.size, Image.Transform.AFFINE, half_a_pixel, fillcolor=(250, 249, 246)
    )
    assert not spots(sheet(1), np.asarray(shifted.reduce(2)), TOLERANCES[Made.PICTURE])


@pytest.mark.parametrize("tolerance", ALL)
def test_a_red_stamp_made_grey_differs(tolerance: Tolerance) -> None:
    red = drawn(sheet(1), "stamp")
    grey = np.repeat(np.asarray(Image.fromarray(red).convert("L"))[:, :, None], 3, axis=2)
    assert spots(red, grey, tolerance)


@pytest.mark.parametrize("tolerance", ALL)
@pytest.mark.parametrize("side", ["left", "top", "right", "bottom"])
def test_an_edge_cut_away_differs(side: str, tolerance: Tolerance) -> None:
    image = Image.fromarray(sheet(1))
    ImageDraw.Draw(image).rectangle((0, 0, 759, 639), outline=(60, 60, 60), width=3)
    whole = np.asarray(image)
    cut = whole.copy()
    rows, columns = {
        "left": (slice(None), slice(0, 12)),
        "top": (slice(0, 12), slice(None)),
        "right": (slice(None), slice(-12, None)),
        "bottom": (slice(-12, None), slice(None)),
    }[side]
    cut[rows, columns] = 255
    assert spots(whole, cut, tolerance)


def test_the_place_is_named_in_shares_of_the_page() -> None:
    [spot] = spots(drawn(sheet(1), "stroke"), sheet(1), TOLERANCES[Made.KEPT])
    left, top, right, bottom = spot.box
    assert 300 / 760 >= left > 270 / 760 and 400 / 760 <= right < 430 / 760
    assert 500 / 640 >= top > 470 / 640 and 530 / 640 <= bottom < 560 / 640


def test_pages_of_other_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="pixels"):
        spots(sheet(), sheet()[:-5], TOLERANCES[Made.KEPT])
    assert not spots(sheet(), sheet()[:-1], TOLERANCES[Made.KEPT])


def test_ink_is_what_stands_out_from_the_paper() -> None:
    assert ink(np.full((50, 50, 3), 90, np.uint8)) == 0
    assert ink(drawn(sheet(), "stamp")) > ink(sheet()) > 300


@given(
    seed=st.integers(0, 2**32 - 1),
    shape=st.tuples(st.integers(1, 70), st.integers(1, 70)),
    channels=st.sampled_from([1, 3]),
)
@settings(max_examples=30)
def test_any_two_pictures_are_compared_alike_both_ways(
    seed: int, shape: tuple[int, int], channels: int
) -> None:
    """No size breaks it; the same is no difference; lost one way is added the other way."""
    random = np.random.default_rng(seed)
    one, other = (random.integers(0, 256, (*shape, channels), np.uint8) for _ in range(2))
    for tolerance in ALL:
        assert spots(one, one, tolerance) == ()
        there, back = spots(one, other, tolerance), spots(other, one, tolerance)
        assert [(s.lost, s.added) for s in there] == [(s.added, s.lost) for s in back]
        for spot in there:
            assert 0 <= spot.box[0] < spot.box[2] <= 1 and 0 <= spot.box[1] < spot.box[3] <= 1
