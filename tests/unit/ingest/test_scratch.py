"""Working folders: a sweep takes what nobody uses, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.scratch import Scratch


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    return Scratch(tmp_path / "work")


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
