"""Working files between two steps: what is found is what was published; a sweep takes what nobody uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.ports.working_files import Scratch

OWNER, NAME = "d1", "noted.pdf"


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    return Scratch(tmp_path / "work")


def publish(scratch: Scratch, content: bytes, name: str = NAME) -> Path:
    with scratch.room(OWNER) as room:
        made = room / "made"
        made.write_bytes(content)
        return scratch.publish(OWNER, name, made)


def test_what_was_published_is_found(scratch: Scratch) -> None:
    made = publish(scratch, b"all of it")
    publish(scratch, b"another", "facts.json")
    assert scratch.find(OWNER, NAME) == made
    assert made.read_bytes() == b"all of it"
    assert scratch.find(OWNER, "other.pdf") is None
    assert scratch.find("d2", NAME) is None


@pytest.mark.parametrize("spoilt", [b"", b"all of", b"all of it and more", b"all OF it"])
def test_what_lost_its_bytes_is_not_found(scratch: Scratch, spoilt: bytes) -> None:
    """As a power failure leaves a file that was named but never flushed."""
    publish(scratch, b"all of it").write_bytes(spoilt)
    assert scratch.find(OWNER, NAME) is None
    again = publish(scratch, b"all of it")
    assert scratch.find(OWNER, NAME) == again
    assert again.read_bytes() == b"all of it"


def test_a_later_try_takes_the_place_of_an_earlier_one(scratch: Scratch) -> None:
    first = publish(scratch, b"first")
    second = publish(scratch, b"second")
    assert scratch.find(OWNER, NAME) == second
    assert not first.exists()


def test_a_file_of_an_earlier_release_is_made_again(scratch: Scratch, tmp_path: Path) -> None:
    publish(scratch, b"x", "facts.json")
    (tmp_path / "work" / OWNER / NAME).write_bytes(b"named without its hash")
    assert scratch.find(OWNER, NAME) is None


def test_a_sweep_removes_what_no_longer_walks(scratch: Scratch) -> None:
    for owner in ("d1", "d2"):
        with scratch.room(owner) as room:
            (room / "made").write_bytes(b"made")
            scratch.publish(owner, "made", room / "made")
    assert scratch.sweep("d1".__eq__) == ("d2",)
    assert scratch.find("d1", "made") is not None
    assert scratch.find("d2", "made") is None


def test_a_sweep_leaves_the_room_of_what_does_not_walk(scratch: Scratch) -> None:
    """A held item does not walk while a person tries a password on it."""
    with scratch.room("i1") as outer, scratch.room("i1") as inner:
        (outer / "opened.pdf").write_bytes(b"opened")
        assert scratch.sweep(lambda owner: False) == ()
        assert inner.is_dir()
        assert (outer / "opened.pdf").read_bytes() == b"opened"
    assert scratch.sweep(lambda owner: False) == ("i1",)


def test_the_room_of_a_failed_step_is_no_longer_in_use(scratch: Scratch) -> None:
    with pytest.raises(ValueError, match="spoilt"), scratch.room("i1"):
        raise ValueError("spoilt")
    assert scratch.sweep(lambda owner: False) == ("i1",)
