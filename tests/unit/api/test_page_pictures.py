"""Pages as pictures: made once for a reader's object, and never more kept than there is room for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.content import page_pictures
from api.content.page_pictures import Images, Kept, tag_of
from config.errors import ChildDeath
from config.isolation import Workshop
from tests.unit.ocr.conftest import letter, scan_pdf


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    with Workshop(size=1, preload=("ocr.page_sources.page_pictures",)) as shop:
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


class Gated:
    """A workshop whose work waits until it is let go; counts what it is asked for."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.asked = 0
        self.begun, self.go = threading.Event(), threading.Event()
        self._fault = fault

    def run(self, *_: object, **__: object) -> bytes:
        self.asked += 1
        self.begun.set()
        assert self.go.wait(30)
        if self._fault is not None:
            raise self._fault
        return b"picture"


@pytest.mark.parametrize("fault", [None, ChildDeath("died")])
def test_what_several_ask_for_at_once_is_made_once(fault: Exception | None) -> None:
    gated = Gated(fault)
    images = Images(cast("Workshop", gated))

    def ask() -> bytes | str:
        try:
            return images.png(Path("f"), 1, width=160, subject="d1")
        except ChildDeath as error:
            return str(error)

    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(ask)
        assert gated.begun.wait(30)
        others = [pool.submit(ask) for _ in range(4)]
        while not all(each.running() for each in others):
            pass
        gated.go.set()
        told = {each.result(30) for each in (first, *others)}
    assert told == ({b"picture"} if fault is None else {"died"})
    if fault is None:
        assert gated.asked == 1
    else:  # and it is asked again, not remembered
        before = gated.asked
        assert ask() == "died" and gated.asked == before + 1


def test_no_picture_is_kept_for_long() -> None:
    now = [0.0]
    kept = Kept(100, clock=lambda: now[0])
    kept.put(("d", "f", 1, 160), b"x" * 10)
    now[0] = page_pictures.LONGEST
    assert kept.get(("d", "f", 1, 160)) == b"x" * 10
    now[0] += 1
    assert kept.get(("d", "f", 1, 160)) is None and kept.used == 0


def test_the_tag_of_equal_files_of_two_objects_is_not_the_same() -> None:
    tags = {
        tag_of(subject, sha256, page, width)
        for subject in ("d1", "d2")
        for sha256 in ("aa", "ab")
        for page in (1, 2)
        for width in (160, 800)
    }
    assert len(tags) == 16 and all(tag.isascii() and tag[0] == tag[-1] == '"' for tag in tags)


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
        assert kept.used == sum(len(kept._pictures["d", "f", n, 160][1]) for n in held) <= room
        assert sorted(held) == sorted(asked[len(asked) - len(held) :])
        asked = asked[len(asked) - len(held) :]
