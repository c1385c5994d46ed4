"""Whatever a writer does with names and handles, and whenever we look or stop: each file that it
leaves arrives exactly once, in its last state."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.wiring import House
from tests.flow.doors import KEEP, UNFINISHED, Door

A, B = "a.pdf", "b.pdf"
ONCE = [
    ("write", B), ("write", B), ("close", A), ("close", A), ("close", B), ("truncate", A),
    ("set back", A), ("replace", A), ("replace", B), ("rename", A, B), ("rename", B, A), ("restart",),
]  # fmt: skip
ACTS = st.lists(
    st.tuples(
        st.sampled_from([*ONCE, *6 * [("write", A)]]),
        st.sampled_from([1.0, None, 1.0, 0.4, 1.0, 70.0]),  # a look, so long after the last one
    ),
    min_size=6,
    max_size=25,
)
Acts = list[tuple[tuple[str, ...], float | None]]
HEAD, END = b"%PDF-1.7\n" + b"x" * 5000, b"\nstartxref\n9\n%%EOF\n"


@dataclass(slots=True)
class Writer:
    """What it does, and the last state of every file that it made and did not destroy itself."""

    root: Path
    open: dict[str, BinaryIO] = field(default_factory=dict)
    made: dict[int, int] = field(default_factory=dict)  #: inode to a handle for reading
    count: int = 0

    def write(self, name: str) -> None:
        """By a handle that stays open; a new name begins a new file, whose end is missing yet."""
        if name not in self.open:
            path = self.root / name
            new = not path.exists()
            self.open[name] = path.open("ab", buffering=0)
            if new:
                self._remember(path)
                self.open[name].write(HEAD + b"%d" % self.count)
        self.open[name].write(b"page" + END)

    def close(self, name: str) -> None:
        if name in self.open:
            self.open.pop(name).close()

    def truncate(self, name: str) -> None:
        if (self.root / name).exists():
            os.truncate(self.root / name, len(HEAD) + 1)

    def set_back(self, name: str) -> None:
        if (self.root / name).exists():
            os.utime(self.root / name, (1, 1))

    def replace(self, name: str) -> None:
        """As editors and rsync do: another file, renamed over."""
        draft = self.root / ".draft"
        self.count += 1
        draft.write_bytes(HEAD + b"%d whole" % self.count + END)
        self._remember(draft)
        self.rename(draft.name, name)

    def rename(self, old: str, new: str) -> None:
        source, target = self.root / old, self.root / new
        if old == new or not source.exists():
            return
        if target.exists():
            os.close(self.made.pop(target.stat().st_ino))
        source.rename(target)
        self.close(new)
        if old in self.open:
            self.open[new] = self.open.pop(old)

    def _remember(self, path: Path) -> None:
        self.count += 1
        self.made[path.stat().st_ino] = os.open(path, os.O_RDONLY)

    def end(self) -> list[bytes]:
        for name in list(self.open):
            self.close(name)
        return [os.pread(handle, 1 << 20, 0) for handle in self.made.values()]


def whatever_a_writer_does(house: House, acts: Acts) -> None:
    place = Path(tempfile.mkdtemp())
    door = Door(house, place / "hot", place / "home")
    writer = Writer(door.root)
    try:
        for (what, *words), seconds in acts:
            if what == "restart":
                door.restart()
            else:
                getattr(writer, what.replace(" ", "_"))(*words)
            if seconds is not None:
                door.look(seconds)
        door.look()
        writer.end()
        door.pass_by(2 * (UNFINISHED + KEEP) + 20, every=10)
        assert Counter(door.contents()) == Counter(writer.end())
        assert (door.claims(), door.left(), door.told()) == ([], [], {})
    finally:
        for handle in writer.made.values():
            os.close(handle)
        shutil.rmtree(place)


@settings(
    max_examples=20, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acts=ACTS)
def test_each_file_arrives_once_in_its_last_state(house: House, acts: Acts) -> None:
    whatever_a_writer_does(house, acts)


@pytest.mark.campaign
@pytest.mark.timeout(3600)
@settings(max_examples=1500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_each_file_arrives_once_in_its_last_state_at_length(house: House, acts: Acts) -> None:
    whatever_a_writer_does(house, acts)
