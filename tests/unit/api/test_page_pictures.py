"""Pages as pictures: made once for a reader's object, and never more kept than there is room for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.page_pictures import Images, Kept
from config.errors import ChildDeath
from config.isolation import Workshop
from tests.unit.ocr.conftest import letter, scan_pdf


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    with Workshop(size=1, preload=("ocr.images",)) as shop:
        yield shop


def test_a_page_is_made_once_and_what_cannot_be_made_is_asked_again(
    workshop: Workshop, tmp_path: Path
) -> None:
    path = scan_pdf(tmp_path / "a.pdf", letter())
    images = Images(workshop)
    made = images.png(path, 1, width=160, subject="d1")
    wider = images.png(path, 1, width=800, subject="d1")
    assert made.startswith(b"\x89PNG") and len(wider) > len(made)
    path.unlink()
    assert images.png(path, 1, width=160, subject="d1") == made
    with pytest.raises(ChildDeath):
        images.png(path, 1, width=1240, subject="d1")
    scan_pdf(path, letter())
    assert images.png(path, 1, width=1240, subject="d1")


def test_what_another_object_has_is_made_anew(workshop: Workshop, tmp_path: Path) -> None:
    """Else its speed would tell that somebody else has the same file."""
    path = scan_pdf(tmp_path / "a.pdf", letter())
    images = Images(workshop)
    images.png(path, 1, width=160, subject="d1")
    path.unlink()
    with pytest.raises(ChildDeath):
        images.png(path, 1, width=160, subject="d2")


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 50), st.booleans()), max_size=60),
    st.integers(0, 120),
)
def test_never_more_than_the_room_and_the_longest_unasked_goes_first(
    steps: list[tuple[int, int, bool]], room: int
) -> None:
    kept = Kept(room)
    asked: list[int] = []
    last: dict[int, bytes] = {}
    for number, size, is_put in steps:
        name = ("d", "f", number, 160)
        if is_put:
            last[number] = bytes(size)
            kept.put(name, last[number])
        found = kept.get(name)
        assert found is None or found == last[number]
        if is_put:
            assert (found is not None) == (size <= room)
        if found is not None:
            asked = [*(each for each in asked if each != number), number]
        held = [n for n in range(7) if ("d", "f", n, 160) in kept._pictures]
        assert kept.used == sum(len(kept._pictures["d", "f", n, 160]) for n in held) <= room
        assert sorted(held) == sorted(asked[len(asked) - len(held) :])
        asked = asked[len(asked) - len(held) :]
