"""However a file is written into a hot folder, it arrives once, and whole."""

from __future__ import annotations

import errno
import hashlib
import io
import mmap
import os
from pathlib import Path

import pytest

from api.wiring import House
from archive.intake import items
from archive.model import Severity
from ingest.doors.hot_folder.claims import Place
from tests.flow.doors import KEEP, SETTLE, UNFINISHED, Door, before_the_rename

WHOLE = b"%PDF-1.7\n" + bytes(range(256)) * 40 + b"\nstartxref\n9\n%%EOF\n"
HALF = WHOLE[: len(WHOLE) // 2]


@pytest.fixture
def door(house: House, tmp_path: Path) -> Door:
    return Door(house, tmp_path / "hot", tmp_path / "home")


def settle(door: Door) -> None:
    """Two looks, as far apart as a file has to rest."""
    door.look()
    door.look(SETTLE)


def test_a_plain_file_is_taken_when_it_has_rested_and_kept_for_a_while(door: Door) -> None:
    (door.root / "brief.pdf").write_bytes(WHOLE)
    door.look()
    assert door.look(SETTLE / 2) == 0
    assert door.look(SETTLE / 2) == 1
    assert door.left() == []
    assert [(one.source, one.content) for one in door.arrived()] == [(b"brief.pdf", WHOLE)]
    name = door.arrived()[0].id
    assert door.claims() == [name, f"{name}.json"]
    door.look(KEEP / 2)
    assert door.claims()
    door.look(KEEP / 2)
    assert door.claims() == []
    assert len(door.arrived()) == 1


def test_an_empty_place_holder_that_is_filled_later_is_one_item(door: Door) -> None:
    path = door.root / "brief.pdf"
    path.touch()
    door.pass_by(UNFINISHED - 5)
    path.write_bytes(WHOLE)
    door.pass_by(UNFINISHED)
    assert door.contents() == [WHOLE]


def test_an_empty_file_is_taken_as_it_is_in_the_end(door: Door) -> None:
    (door.root / "leer.pdf").touch()
    assert door.pass_by(UNFINISHED - 1) == 0
    assert door.pass_by(2) == 1
    assert door.contents() == [b""]


def test_a_file_without_its_end_rests_longer_and_is_then_taken_as_it_is(door: Door) -> None:
    path = door.root / "brief.pdf"
    path.write_bytes(HALF)
    assert door.pass_by(UNFINISHED - 10) == 0
    with path.open("ab") as file:
        file.write(WHOLE[len(HALF) :])
    assert door.pass_by(SETTLE * 3) == 1
    (door.root / "kaputt.pdf").write_bytes(HALF)
    assert door.pass_by(UNFINISHED + 2) == 1
    assert door.contents() == [WHOLE, HALF]


def test_room_that_is_set_aside_first_is_waited_for(door: Door) -> None:
    path = door.root / "brief.pdf"
    with path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, len(WHOLE))
    assert door.pass_by(UNFINISHED - 5) == 0
    with path.open("r+b") as file:
        file.write(HALF)
    assert door.pass_by(UNFINISHED - 5) == 0
    with path.open("r+b") as file:
        file.write(WHOLE)
    assert door.pass_by(SETTLE * 3) == 1
    assert door.contents() == [WHOLE]


def test_a_time_that_is_set_back_after_writing_hides_no_change(door: Door) -> None:
    """rsync -t and robocopy set the time of the source; size and time are then as before."""
    path = door.root / "brief.pdf"
    path.write_bytes(WHOLE)
    os.utime(path, (1, 1))
    door.look()
    other = WHOLE.replace(b"\x07", b"\x08")
    path.write_bytes(other)
    os.utime(path, (1, 1))
    assert door.look(SETTLE) == 0
    assert door.look(SETTLE) == 1
    assert door.contents() == [other]


def test_a_file_that_is_truncated_and_written_again_is_one_item(door: Door) -> None:
    path = door.root / "brief.pdf"
    path.write_bytes(WHOLE)
    door.look()
    path.write_bytes(b"")
    door.look(SETTLE)
    path.write_bytes(WHOLE + WHOLE)
    door.pass_by(SETTLE * 3)
    assert door.contents() == [WHOLE + WHOLE]


def test_a_file_that_is_written_under_a_partial_name_is_taken_under_its_own(door: Door) -> None:
    for name in ("a.pdf.PART", ".b.pdf.Xy12Ab", "c.pdf.filepart", "d.tmp"):
        (door.root / name).write_bytes(HALF)
    assert door.pass_by(UNFINISHED + 5) == 0
    (door.root / ".b.pdf.Xy12Ab").write_bytes(WHOLE)
    (door.root / ".b.pdf.Xy12Ab").rename(door.root / "b.pdf")
    assert door.pass_by(SETTLE * 3) == 1
    assert door.contents() == [WHOLE]


def test_what_is_open_for_writing_is_waited_for(door: Door) -> None:
    with (door.root / "brief.pdf").open("wb", buffering=0) as file:
        file.write(WHOLE)
        assert door.pass_by(2 * UNFINISHED) == 0
        file.write(WHOLE)
    assert door.pass_by(SETTLE * 3) == 1
    assert door.contents() == [WHOLE + WHOLE]


def test_what_is_mapped_for_writing_is_waited_for(door: Door) -> None:
    path = door.root / "brief.pdf"
    path.write_bytes(WHOLE)
    with path.open("r+b") as file:
        mapped = mmap.mmap(file.fileno(), 0)
    assert door.pass_by(2 * UNFINISHED) == 0
    mapped[100:104] = b"ENDE"
    mapped.close()
    assert door.pass_by(SETTLE * 3) == 1
    assert door.contents()[0][100:104] == b"ENDE"


def test_a_handle_that_is_opened_just_before_the_rename_is_waited_for(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = door.root / "brief.pdf"
    path.write_bytes(WHOLE)
    opened = []
    before_the_rename(monkeypatch, lambda: opened.append(path.open("ab", buffering=0)))
    settle(door)
    assert door.left() == []
    assert door.pass_by(KEEP) == 0
    (handle,) = opened
    handle.write(WHOLE)
    assert os.fstat(handle.fileno()).st_nlink == 1
    handle.close()
    assert door.pass_by(SETTLE * 3) == 1
    assert door.contents() == [WHOLE + WHOLE]


def test_another_file_that_was_renamed_over_it_meanwhile_is_taken_as_a_new_find(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, later = door.root / "brief.pdf", door.root / ".later"
    path.write_bytes(HALF + WHOLE)
    later.write_bytes(HALF)

    def rename() -> None:
        later.rename(path)

    before_the_rename(monkeypatch, rename)
    settle(door)
    assert door.pass_by(UNFINISHED - 2) == 0  # it rests in the claim as it would in the folder
    assert door.pass_by(4) == 1
    assert door.contents() == [HALF]


def test_what_is_written_after_custody_is_an_arrival_that_names_the_first(door: Door) -> None:
    """A handle for reading can be opened again for writing; no lease tells of it."""
    path = door.root / "brief.pdf"
    path.write_bytes(WHOLE)
    handle = os.open(path, os.O_RDONLY)
    settle(door)
    (first,) = door.arrived()
    with Path(f"/proc/self/fd/{handle}").open("ab") as file:
        file.write(WHOLE)
    assert os.fstat(handle).st_nlink == 1
    os.close(handle)
    door.pass_by(KEEP * 3)
    assert door.contents() == [WHOLE, WHOLE + WHOLE]
    later = door.arrived()[1]
    assert later.source == first.source
    assert {one.stage for one in door.arrived()} == {"held"}
    with door.house.engines.database.read() as session:
        for one, other in ((first, later), (later, first)):
            item = items.load_item(session, one.id)
            assert other.id in (item.held_text or ""), item
            (finding,) = [f for f in item.findings if f.code == "intake.continued"]
            assert finding.severity is Severity.BLOCKS_DESTRUCTION
            assert finding.detail == {"item": other.id}
    assert door.claims() == []


def test_touching_a_file_after_custody_makes_no_second_item(door: Door) -> None:
    path = door.root / "brief.pdf"
    path.write_bytes(WHOLE)
    handle = os.open(path, os.O_RDONLY)
    settle(door)
    os.utime(f"/proc/self/fd/{handle}")
    os.close(handle)
    door.pass_by(KEEP * 3)
    assert door.contents() == [WHOLE]
    assert door.claims() == []


def test_a_file_whose_bytes_the_store_has_lost_is_kept_and_told(door: Door) -> None:
    (door.root / "brief.pdf").write_bytes(WHOLE)
    settle(door)
    (one,) = door.arrived()
    objects = door.house.engines.objects
    objects.delete(hashlib.sha256(WHOLE).hexdigest())
    door.pass_by(KEEP * 3)
    assert one.id in door.claims()
    assert "Objektspeicher" in door.told()["brief.pdf"]
    objects.put(io.BytesIO(WHOLE))
    door.pass_by(KEEP * 3)
    assert door.claims() == [] and door.told() == {}


def test_a_file_with_another_name_is_told_and_taken_when_that_name_is_gone(door: Door) -> None:
    """maildir's way, link and unlink, is waited for; a lasting link is shown."""
    other = door.root.parent / "anderswo.pdf"
    other.write_bytes(WHOLE)
    (door.root / "brief.pdf").hardlink_to(other)
    assert door.pass_by(2 * UNFINISHED) == 0
    assert "harter Verweis" in door.told()["brief.pdf"]
    other.unlink()
    assert door.pass_by(SETTLE * 3) == 1
    assert door.told() == {}
    assert door.contents() == [WHOLE]


def test_a_link_made_between_look_and_rename_keeps_the_claim_waiting(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = door.root / "brief.pdf", door.root.parent / "anderswo.pdf"
    path.write_bytes(WHOLE)
    before_the_rename(monkeypatch, lambda: other.hardlink_to(path))
    settle(door)
    door.look(SETTLE)
    assert door.contents() == []
    assert "harter Verweis" in door.told()["brief.pdf"]
    other.unlink()
    door.pass_by(10)
    assert door.contents() == [WHOLE]


def test_a_copy_that_changes_while_it_is_read_is_read_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = door.root / "brief.pdf"
    path.write_bytes(WHOLE)
    handle = os.open(path, os.O_RDONLY)
    intake, take = type(door.door.keeping.intake), type(door.door.keeping.intake).take

    def write_more() -> None:
        with Path(f"/proc/self/fd/{handle}").open("ab") as file:
            file.write(WHOLE)

    acts = [write_more]

    def taking(self, arrival, content):  # type: ignore[no-untyped-def]
        while acts:
            acts.pop()()
        return take(self, arrival, content)

    monkeypatch.setattr(intake, "take", taking)
    door.pass_by(3 * KEEP)
    os.close(handle)
    assert door.contents() == [WHOLE + WHOLE]
    assert door.told() == {}


def test_a_failure_with_one_file_keeps_no_other_waiting(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = type(door.door.keeping.intake).take

    def failing(self, arrival, content):  # type: ignore[no-untyped-def]
        if arrival.source == b"a.pdf":
            raise RuntimeError("a fault of ours")
        return take(self, arrival, content)

    def failing_together(self, incoming):  # type: ignore[no-untyped-def]
        assert any(arrival.source == b"a.pdf" for arrival, _ in incoming)
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(type(door.door.keeping.intake), "take", failing)
    monkeypatch.setattr(type(door.door.keeping.intake), "take_together", failing_together)
    for name in ("a.pdf", "b.pdf"):
        (door.root / name).write_bytes(WHOLE + name.encode())
    door.pass_by(10)
    assert [one.source for one in door.arrived()] == [b"b.pdf"]
    assert "interner Fehler" in door.told()["a.pdf"]
    monkeypatch.undo()
    door.pass_by(10)
    assert [one.source for one in door.arrived()] == [b"b.pdf", b"a.pdf"]
    assert door.told() == {}


def test_without_room_for_the_record_the_file_stays_where_it_is(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    (door.root / "brief.pdf").write_bytes(WHOLE)
    note = Place.note

    def full(self: Place, claim: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Place, "note", full)
    door.pass_by(5)
    assert door.left() == ["brief.pdf"]
    assert "die Platte ist voll" in door.told()["brief.pdf"]
    monkeypatch.setattr(Place, "note", note)
    door.pass_by(3)
    assert door.contents() == [WHOLE]
    assert door.told() == {}
