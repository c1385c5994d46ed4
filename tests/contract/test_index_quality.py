"""The gold sets, asked of both engines as a person asks: recall, false hits, the same answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from search.german import load_analyser
from search.gold import Pair, judge, read_pairs
from tests.contract.index_kit import ENGINES, MakeIndex, maker

ASSETS = Path(__file__).parents[1] / "assets" / "search"


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeIndex]:
    # Bare word lists: the same on every machine.
    yield from maker(request.param, tmp_path, load_analyser(dictionaries=()))


def test_words_and_compounds(make: MakeIndex) -> None:
    quality = judge(make(), "compounds", list(read_pairs(ASSETS / "compounds.txt")))
    assert quality.must >= 300 and quality.must_not >= 300
    assert quality.recall >= 0.97, quality.missed
    assert quality.false_rate <= 0.02, quality.wrong


def test_file_marks_are_all_found_and_nothing_else(make: MakeIndex) -> None:
    quality = judge(make(), "marks", list(read_pairs(ASSETS / "marks.txt")))
    assert quality.must >= 50 and quality.must_not >= 50
    assert (quality.missed, quality.wrong) == ((), ())


def test_a_line_of_pairs(tmp_path: Path) -> None:
    path = tmp_path / "pairs.txt"
    path.write_text(
        "# x : y\nBauamt : Amt Bau | Rat\nAz.: 1 : az:1; az: 1 b |  \n", encoding="utf-8"
    )
    assert list(read_pairs(path)) == [
        Pair("Bauamt", "Amt", True),
        Pair("Bauamt", "Bau", True),
        Pair("Bauamt", "Rat", False),
        Pair("Az.: 1", "az:1", True),
        Pair("Az.: 1", "az: 1 b", True),
    ]
