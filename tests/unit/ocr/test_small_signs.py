"""Signs that no model has, told by their shapes: there where they stand, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ocr.engines import engine
from ocr.recognition import ink_pieces as labels
from ocr.recognition import second_model, sign_shapes
from ocr.recognition.ink_pieces import Piece, ink, pieces
from ocr.recognition.small_signs import Standing, lone_mark, may_be_small, small
from tests.unit.ocr.test_signs import drawn, text

STANDING = Standing(foot=40.0, high=30.0, hyphen=15.0, between=True, first=False)
SIGNS = "²³½¼¾‰–·•"


def read(line: str, font: str = "noto", size: int = 31) -> tuple[str, str]:
    image = drawn(line, font, size)
    rows = engine.read_as_is(image, 200, "deu", second_model.LINE)
    return text(rows), text(sign_shapes.mended(image, rows, "deu"))


@pytest.mark.parametrize(
    "line",
    [
        "Die Wohnfläche beträgt 84 m² bei 210 m³ insgesamt.",
        "Gebühr 12 €/m² für 1.250 m² und 3 km²",
        "Der Anteil beträgt 1 ½ und ¾ davon.",
        "Promille: 5 ‰ oder 0,8 ‰ im Blut",
        "Kreis Neuwald · Schloßallee 12 · 31999 Neuwald",
        "Bau-Amt und Umwelt-Amt – Außenstelle Nord-Ost – Raum 3",
    ],
)
def test_small_digits_dots_and_dashes_are_read(line: str) -> None:
    before, after = read(line)
    assert not any(sign in before for sign in SIGNS)
    assert {sign: after.count(sign) for sign in SIGNS} == {sign: line.count(sign) for sign in SIGNS}


@pytest.mark.parametrize("font", ["noto", "mono"])
def test_digits_on_the_line_percents_questions_and_hyphens_stay(font: str) -> None:
    for line in (
        "Das Grundstück hat 12 m2 und 5 m3, wie viele m?",
        "Es sind 5 % oder 12,5% und 100 % sowie 3% Zinsen.",
        "Bau- und Umwelt-Amt - Außenstelle - Raum 3",
        "Frage: Wie viele 5 m? Antwort: 12 m.",
        "Nr. 3 : 4 ergibt 5 = 3 + 2 * 1 und Y Achse",
    ):
        before, after = read(line, font)
        assert after == before


# ------------------------------------------------------------------ rules


def disc(size: int, at: int, *, hole: bool = False) -> Piece:
    paper = Image.new("L", (60, 60), 255)
    draw = ImageDraw.Draw(paper)
    draw.ellipse((20, at, 20 + size, at + size), fill=0)
    if hole:
        draw.ellipse((23, at + 3, 17 + size, at + size - 3), fill=255)
    [piece] = pieces(ink(paper))
    return piece


def bar(width: int, height: int = 4, at: int = 26) -> Piece:
    return Piece(10, at, 10 + width, at + height, np.ones((height, width), np.bool_))


def test_a_dot_between_words_is_told_by_its_size_and_place() -> None:
    assert lone_mark("-", [disc(5, 24)], STANDING) == "·"
    assert lone_mark("»", [disc(12, 20)], STANDING) == "•"
    assert lone_mark("«", [disc(12, 20)], replace(STANDING, between=False, first=True)) == "•"
    assert lone_mark(":", [disc(5, 24)], replace(STANDING, between=False, first=True)) is None
    assert lone_mark(".", [disc(5, 34)], STANDING) is None  # on the line
    assert lone_mark("°", [disc(12, 20, hole=True)], STANDING) is None
    assert lone_mark(":", [disc(5, 20), disc(5, 34)], STANDING) is None


def test_a_dash_is_wider_than_the_pages_hyphens_and_narrower_than_an_em() -> None:
    assert lone_mark("-", [bar(18)], STANDING) == "–"
    assert lone_mark("—", [bar(18)], STANDING) == "–"
    assert lone_mark("-", [bar(12)], STANDING) is None
    assert lone_mark("—", [bar(34)], STANDING) is None
    assert lone_mark("-", [bar(18)], replace(STANDING, hyphen=None)) is None  # nothing to compare


@given(
    word=st.sampled_from(["m?", "84m?", "12 %", "5%", "%", "Y4", "€/m?", "km*.", "Haus", "m2"]),
    boxes=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(1, 12), st.integers(1, 12))),
    said=st.sampled_from(["", "1", "2", "3", "4", "?", "m"]),
)  # fmt: skip
def test_no_shape_makes_more_of_a_word_than_one_sign(
    word: str, boxes: list[tuple[int, int, int, int]], said: str
) -> None:
    found = sorted(
        (Piece(x, y, x + w, y + h, np.ones((h, w), np.bool_)) for x, y, w, h in boxes),
        key=lambda piece: piece.x0,
    )
    made = small(word, found, lambda piece: said)
    assert made is None or sum(made.count(sign) for sign in SIGNS) == 1
    if not may_be_small(word, "12"):
        assert made is None


@given(data=st.binary(min_size=4, max_size=400), wide=st.integers(1, 20))
def test_pieces_share_out_the_ink(data: bytes, wide: int) -> None:
    rows = len(data) // wide
    mask = np.frombuffer(data[: rows * wide], np.uint8).reshape(rows, wide) > 127
    found = pieces(mask)
    again = np.zeros_like(mask)
    for piece in found:
        part = again[piece.y0 : piece.y1, piece.x0 : piece.x1]
        assert not (part & piece.mask).any()
        part |= piece.mask
    assert not (again & ~mask).any()
    assert all(one.mask.sum() >= 3 for one in found)  # what is left out are specks


def test_stripes_from_top_to_bottom_are_compared_with_their_neighbours_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    united: list[tuple[int, int]] = []
    unite = labels._unite

    def counted(parents: list[int], one: int, other: int) -> None:
        united.append((one, other))
        unite(parents, one, other)

    monkeypatch.setattr(labels, "_unite", counted)
    mask = np.zeros((45, 880), np.bool_)
    mask[:, ::2] = True
    assert len(pieces(mask)) == 440
    assert len(united) == 44 * 440


@pytest.mark.timeout(60)
def test_wide_rows_of_stripes_take_no_longer_than_their_ink() -> None:
    mask = np.zeros((12, 10_000), np.bool_)
    mask[:, ::2] = True
    assert len(labels._labelled(mask, diagonal=True)) == 5_000


@given(data=st.binary(min_size=1, max_size=200), wide=st.integers(1, 20), diagonal=st.booleans())
def test_runs_are_joined_as_by_comparing_every_pair(data: bytes, wide: int, diagonal: bool) -> None:
    mask = np.zeros((-(-len(data) // wide), wide), np.bool_)
    mask.flat[: len(data)] = [byte > 127 for byte in data]
    found = labels._labelled(mask, diagonal=diagonal)
    group = [(run, number) for number, runs in enumerate(found) for run in runs]
    for (y, start, end), one in group:
        for (above, left, right), other in group:
            if y == above + 1 and left < end + diagonal and start < right + diagonal:
                assert one == other
    assert len(found) == walked(mask, diagonal)


def walked(mask: NDArray[np.bool_], diagonal: bool) -> int:
    """The number of connected pieces, by walking from cell to cell."""
    ahead = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    count = 0
    while ahead:
        count += 1
        walk = [ahead.pop()]
        while walk:
            y, x = walk.pop()
            near = {
                (y + dy, x + dx)
                for dy in (-1, 0, 1)
                for dx in (-1, 0, 1)
                if diagonal or dy == 0 or dx == 0
            }
            walk += near & ahead
            ahead -= near
    return count
