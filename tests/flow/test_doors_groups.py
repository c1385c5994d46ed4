"""Many files of a hot folder are taken together; what is wrong with one costs no other anything."""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from api.wiring import House
from archive.evidence.replay import replay_one
from archive.tables import schema
from config import flushing
from config.errors import Unavailable
from ingest.doors.hot_folder import claims_under_way, file_groups, hot_folder
from ingest.doors.hot_folder.claims import Place
from ingest.doors.hot_folder.claims_under_way import Kept, Ready
from ingest.doors.hot_folder.file_groups import MOST_FILES, MOST_SECONDS, Group
from ingest.doors.hot_folder.stability import Shape
from ingest.doors.intake import Intake
from tests.flow.doors import KEEP, SETTLE, Door, before_the_rename

COUNT = 12


@pytest.fixture
def door(house: House, tmp_path: Path) -> Door:
    return Door(house, tmp_path / "hot", tmp_path / "home")


def content(door: Door, number: int) -> bytes:
    """Of this test alone: equal bytes of another test would share an object."""
    return b"\xff\xd8\xff" + f"{door.root} {number} ".encode() * 20 + b"\xff\xd9"


def put(door: Door, count: int = COUNT) -> list[Path]:
    """Files of one folder and of some below it, in the order in which they are looked at."""
    paths = []
    for number in range(count):
        name = f"b/{number:03}.jpg" if number % 3 == 0 else f"c{number:03}.jpg"
        path = door.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content(door, number))
        paths.append(path)
    return paths


def settle(door: Door) -> int:
    door.look()
    return door.look(SETTLE)


def sources(door: Door) -> set[str]:
    return {one.source.decode() for one in door.arrived()}


def names(door: Door, paths: list[Path]) -> set[str]:
    return {str(path.relative_to(door.root)) for path in paths}


@pytest.fixture
def work(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How often the disk was flushed and the record committed; all of it is done."""
    seen: Counter[str] = Counter()

    def counted(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def counting(*args: Any) -> Any:
            seen[name] += 1
            return original(*args)

        monkeypatch.setattr(owner, name, counting)

    def commits(_connection: Any) -> None:
        seen["commit"] += 1

    counted(os, "fsync")
    counted(flushing._LIBC, "syncfs")
    event.listen(house.engines.database.writer, "commit", commits)
    yield seen
    event.remove(house.engines.database.writer, "commit", commits)


def test_many_files_cost_a_few_flushes_and_one_commit(door: Door, work: Counter[str]) -> None:
    paths = put(door, MOST_FILES)
    door.look()
    work.clear()
    assert door.look(SETTLE) == MOST_FILES
    assert work["commit"] == 1
    assert work["syncfs"] + work["fsync"] == 3 or not work["syncfs"]
    assert sources(door) == names(door, paths)


def test_a_letter_alone_is_not_held_up_by_what_else_is_written(
    door: Door, work: Counter[str]
) -> None:
    put(door, 1)
    door.look()
    work.clear()
    assert door.look(SETTLE) == 1
    assert (work["syncfs"], work["commit"]) == (0, 1)
    assert work["fsync"] <= 5


def test_each_of_a_group_has_its_own_events_and_its_turn(house: House, door: Door) -> None:
    put(door)
    assert settle(door) == COUNT
    arrived = door.arrived()
    told = schema.audit_event
    with house.engines.database.read() as session:
        for one in arrived:
            actions = sa.select(told.c.action).where(told.c.object_id == one.id)
            assert session.execute(actions).scalars().all() == ["RECEIPT_REGISTERED"]
            assert replay_one(session, f"item:{one.id}") == ()
    states = house.queue.states([one.id for one in arrived])
    assert len(states) == COUNT
    assert [one.content for one in arrived] == [
        content(door, number)
        for _, number in sorted((path, int(path[-7:-4])) for path in sources(door))
    ], "in the order of the folder"


def test_a_group_is_let_go_of_when_its_time_has_come(door: Door, work: Counter[str]) -> None:
    put(door)
    settle(door)
    assert len(door.claims()) == 2 * COUNT
    door.look(KEEP - 1)
    assert len(door.claims()) == 2 * COUNT
    work.clear()
    door.look(1)
    assert door.claims() == [] and not work


def test_what_is_taken_late_in_a_long_look_is_kept_as_long_as_all_else(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(hot_folder, "time", SimpleNamespace(monotonic=lambda: now[0]))
    together = Intake.take_together

    def lasting(self: Intake, incoming: Any) -> Any:
        taken = together(self, incoming)
        now[0] += 20.0
        return taken

    monkeypatch.setattr(Intake, "take_together", lasting)
    put(door, MOST_FILES + 5)
    door.door.look()
    now[0] += SETTLE
    assert door.door.look() == MOST_FILES + 5
    now[0] += KEEP - 20.0
    door.door.look()
    assert len(door.claims()) == 2 * 5
    now[0] += 20.0
    door.door.look()
    assert door.claims() == []


# ------------------------------------------------------------------ one is not as the others


def _vanishes(path: Path) -> None:
    path.unlink()


def _becomes_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _becomes_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _is_written_on(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def _gets_another_name(path: Path) -> None:
    os.link(path, path.parent.parent / "other.name")


@pytest.mark.parametrize(
    "spoil", [_vanishes, _becomes_a_pipe, _becomes_a_folder, _is_written_on, _gets_another_name]
)
@pytest.mark.parametrize("which", [0, COUNT - 1])
def test_what_is_swapped_before_the_rename_costs_no_other(
    door: Door, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Path], None], which: int
) -> None:
    paths = put(door)
    before_the_rename(monkeypatch, lambda: spoil(paths[which]))
    assert settle(door) == COUNT - 1
    assert sources(door) == names(door, paths) - names(door, [paths[which]])


def test_one_that_changes_while_the_group_is_read_is_taken_later(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = put(door)
    handle = os.open(paths[5], os.O_RDONLY)
    together = Intake.take_together

    def writing(self: Intake, incoming: Any) -> Any:
        monkeypatch.undo()
        _is_written_on(Path(f"/proc/self/fd/{handle}"))
        return together(self, incoming)

    monkeypatch.setattr(Intake, "take_together", writing)
    assert settle(door) == COUNT - 1
    assert sources(door) == names(door, paths) - names(door, [paths[5]])
    door.pass_by(3 * KEEP, every=5)
    os.close(handle)
    assert sorted(door.contents()) == sorted(
        content(door, number) + b"more" * (number == 5) for number in range(COUNT)
    )
    assert (door.claims(), door.told()) == ([], {})


def test_one_whose_object_is_damaged_is_told_and_the_others_are_taken(
    house: House, door: Door, tmp_path: Path
) -> None:
    paths = put(door)
    store = house.engines.objects
    damaged = store.path(store.put(paths[4]).sha256)
    damaged.chmod(0o640)
    damaged.write_bytes(b"other")
    assert settle(door) == COUNT - 1
    assert sources(door) == names(door, paths) - names(door, [paths[4]])
    door.look(1)
    assert list(door.told()) == [str(paths[4].relative_to(door.root))]
    damaged.write_bytes(content(door, 4))
    door.pass_by(10)
    assert sources(door) == names(door, paths)
    assert door.told() == {}


class _Unreadable(io.RawIOBase):
    def read(self, size: int = -1) -> bytes:
        raise OSError(5, "Input/output error")


def test_one_that_cannot_be_read_is_told_and_the_others_are_taken(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = put(door)
    real = claims_under_way.Ready.content

    def unreadable(self: Ready) -> Any:
        if self.kept.claim.source != b"b/003.jpg":
            return real(self)
        return _Unreadable()

    monkeypatch.setattr(claims_under_way.Ready, "content", unreadable)
    assert settle(door) == COUNT - 1
    assert sources(door) == names(door, paths) - {"b/003.jpg"}
    door.look(1)
    assert list(door.told()) == ["b/003.jpg"]
    monkeypatch.undo()
    door.pass_by(10)
    assert sources(door) == names(door, paths)


def test_a_part_that_is_away_is_asked_once_more_and_not_for_each(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = put(door)
    asked: list[str] = []

    def away(name: str) -> Callable[..., Any]:
        def failing(*_args: Any) -> Any:
            asked.append(name)
            raise Unavailable("Die Datenbank ist gerade nicht nutzbar.")

        return failing

    for name in ("take", "take_together"):
        monkeypatch.setattr(Intake, name, away(name))
    assert settle(door) == 0
    assert asked == ["take_together", "take"]
    door.look(1)
    assert set(door.told()) == names(door, paths)
    monkeypatch.undo()
    door.pass_by(10)
    assert sources(door) == names(door, paths)
    assert door.told() == {}


def test_a_group_that_was_committed_though_it_failed_to_say_so_is_not_taken_twice(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = put(door)
    together = Intake.take_together

    def losing_the_answer(self: Intake, incoming: Any) -> Any:
        monkeypatch.undo()
        together(self, incoming)
        raise OSError("the connection was lost")

    monkeypatch.setattr(Intake, "take_together", losing_the_answer)
    door.pass_by(3 * KEEP, every=5)
    assert sorted(door.contents()) == sorted(content(door, number) for number in range(COUNT))
    assert sources(door) == names(door, paths)
    assert door.claims() == []


def test_notes_that_cannot_be_written_together_are_written_one_by_one(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = put(door)
    write = Place._write

    def full(self: Place, claim: Any) -> None:
        if claim.source == b"b/003.jpg":
            raise OSError(28, "No space left on device")
        write(self, claim)

    monkeypatch.setattr(Place, "_write", full)
    assert settle(door) == COUNT - 1
    assert sources(door) == names(door, paths) - {"b/003.jpg"}
    assert list(door.told()) == ["b/003.jpg"]
    assert (door.root / "b/003.jpg").exists()
    monkeypatch.undo()
    door.pass_by(5)
    assert sources(door) == names(door, paths)


def test_markers_go_with_their_files(house: House, tmp_path: Path) -> None:
    door = Door(house, tmp_path / "hot", tmp_path / "home", {"done_marker": True})
    paths = put(door)
    for path in paths[1:]:
        path.with_name(path.name + ".done").touch()
    assert settle(door) == COUNT - 1
    assert door.left() == ["b", "b/000.jpg"]


# ------------------------------------------------------------------ how large a group is


def ready(size: int) -> Ready:
    kept: Any = Kept.__new__(Kept)
    return Ready(kept=kept, shape=Shape(size, 0, 0, 0, 0))


def test_a_group_ends_by_number_by_bytes_and_by_time() -> None:
    group = Group[Ready]()
    assert not group.is_full(1e9) and group.has_room(1 << 40)
    for number in range(MOST_FILES):
        assert not group.is_full(0.0)
        group.add(ready(1), moment=0.0)
        assert group.is_full(0.0) == (number == MOST_FILES - 1)
    assert len(group.drain()) == MOST_FILES and not group.drain()
    group.add(ready(file_groups.MOST_BYTES), moment=5.0)
    assert not group.has_room(1) and group.has_room(0)
    assert not group.is_full(5.0 + MOST_SECONDS / 2)
    assert group.is_full(5.0 + MOST_SECONDS)


def test_a_large_file_goes_by_itself(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_groups, "MOST_BYTES", 2 * len(content(door, 0)))
    sizes: list[int] = []
    together = Intake.take_together

    def counting(self: Intake, incoming: Any) -> Any:
        sizes.append(len(incoming))
        return together(self, incoming)

    monkeypatch.setattr(Intake, "take_together", counting)
    paths = put(door, 6)
    paths[3].write_bytes(content(door, 3) * 9)
    assert settle(door) == 6
    assert sources(door) == names(door, paths)
    assert max(sizes) == 2
