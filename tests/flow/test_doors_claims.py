"""Whoever can only write into the share cannot forge a claim; a stop at any place loses nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.wiring import House
from config.clock import new_id
from ingest.doors.hot_folder.claims import OURS, Claim, Place
from ingest.doors.hot_folder.unknown_claims import AT_A_TIME
from ingest.doors.intake import Arrival
from tests.flow.doors import KEEP, SETTLE, Door, before_the_rename

JPEG = b"\xff\xd8\xff" + bytes(range(200)) + b"\xff\xd9"
SECRET = b"a secret of the service"


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A hot folder on another file system than the home."""
    place = Path("/dev/shm")
    if (
        not os.access(place, os.W_OK)
        or place.stat().st_dev == Path(tempfile.gettempdir()).stat().st_dev
    ):
        pytest.skip("there is no second file system here")
    made = Path(tempfile.mkdtemp(dir=place, prefix="door-"))
    yield made / "hot"
    shutil.rmtree(made)


@pytest.fixture(params=["same file system", "other file system"])
def door(house: House, tmp_path: Path, request: pytest.FixtureRequest) -> Door:
    """With the claims in the home, and in the hot folder itself."""
    if request.param == "same file system":
        return Door(house, tmp_path / "hot", tmp_path / "home")
    return Door(house, request.getfixturevalue("elsewhere"), tmp_path / "home")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "geheim"
    path.write_bytes(SECRET)
    return path


def put(door: Door, name: str, content: bytes = JPEG) -> Path:
    path = door.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def settle(door: Door) -> None:
    door.look()
    door.look(SETTLE)
    door.look(SETTLE)


def forge(door: Door, item_id: str, content: bytes = JPEG, source: bytes = b"alt.jpg") -> Path:
    """A claim as an earlier release left it in the hot folder, or as anybody can make one."""
    folder = door.root / OURS / item_id
    folder.mkdir(parents=True)
    (folder / "from").write_bytes(source)
    (folder / "file").write_bytes(content)
    return folder


# ------------------------------------------------------------------ the earlier form, and forgeries


def test_a_claim_of_the_earlier_form_is_gone_on_with(door: Door) -> None:
    forge(door, new_id("i"), source=b"post/alt.jpg")
    settle(door)
    assert [(one.source, one.content) for one in door.arrived()] == [(b"post/alt.jpg", JPEG)]
    door.pass_by(2 * KEEP, every=5)
    assert door.left() in ([], [OURS])
    assert door.told() == {}


def test_a_claim_of_the_earlier_form_whose_custody_is_taken_is_removed(door: Door) -> None:
    (door.root / "alt.jpg").write_bytes(JPEG)
    settle(door)
    (first,) = door.arrived()
    door.pass_by(2 * KEEP, every=5)
    forge(door, first.id)
    settle(door)
    door.pass_by(2 * KEEP, every=5)
    assert door.arrived() == [first]
    assert door.left() in ([], [OURS])


def test_a_forged_claim_of_a_known_item_removes_nothing_and_chooses_no_id(door: Door) -> None:
    put(door, "echt.jpg")
    settle(door)
    (first,) = door.arrived()
    door.pass_by(2 * KEEP, every=5)
    forge(door, first.id, content=JPEG * 2)
    free = new_id("i")
    forge(door, free, content=JPEG * 3)
    settle(door)
    assert sorted(door.contents()) == [JPEG, JPEG * 2, JPEG * 3]
    assert free not in {one.id for one in door.arrived()}


def test_no_secret_becomes_a_name(door: Door, secret: Path) -> None:
    folder = forge(door, new_id("i"))
    (folder / "from").unlink()
    (folder / "from").symlink_to(secret)
    settle(door)
    (one,) = door.arrived()
    assert SECRET not in one.source
    assert one.content == JPEG
    assert secret.read_bytes() == SECRET


@pytest.mark.parametrize(
    "source", [b"../fremd.jpg", b"/etc/passwd", b"a/../../fremd.jpg", b"a\0b", b"", b"a//b", b"." * 70_000]
)  # fmt: skip
def test_a_forged_name_leads_nowhere(door: Door, source: bytes) -> None:
    item_id = new_id("i")
    forge(door, item_id, source=source)
    settle(door)
    assert [one.source for one in door.arrived()] == [f"{OURS}/{item_id}/file".encode()]


def test_no_marker_outside_is_removed(house: House, tmp_path: Path) -> None:
    door = Door(house, tmp_path / "hot", tmp_path / "home", {"done_marker": True})
    outside = tmp_path / "fremd"
    outside.mkdir()
    (outside / "a.jpg.done").touch()
    (tmp_path / "b.jpg.done").touch()
    (door.root / "ordner").symlink_to(outside)
    forge(door, new_id("i"), source=b"ordner/a.jpg")
    forge(door, new_id("i"), source=b"../b.jpg")
    settle(door)
    assert len(door.arrived()) == 2
    assert (outside / "a.jpg.done").exists()
    assert (tmp_path / "b.jpg.done").exists()


def _fifo(folder: Path, secret: Path) -> None:
    (folder / "file").unlink()
    os.mkfifo(folder / "file")


def _folder(folder: Path, secret: Path) -> None:
    (folder / "file").unlink()
    (folder / "file").mkdir()


def _more(folder: Path, secret: Path) -> None:
    (folder / "file").unlink()
    (folder / "mehr").touch()


def _fifo_for_a_name(folder: Path, secret: Path) -> None:
    (folder / "file").unlink()
    (folder / "from").unlink()
    os.mkfifo(folder / "from")
    os.mkfifo(folder / "file")


def _link_for_a_claim(folder: Path, secret: Path) -> None:
    shutil.rmtree(folder)
    (folder.parent / f"kein Kennzeichen {folder.name}").symlink_to(secret.parent)


@pytest.mark.parametrize("spoil", [_fifo, _folder, _more, _fifo_for_a_name, _link_for_a_claim])
def test_what_is_no_claim_is_told_as_one_obstacle_and_keeps_no_mail_waiting(
    door: Door, secret: Path, spoil: Callable[[Path, Path], None]
) -> None:
    for _ in range(3):
        spoil(forge(door, new_id("i")), secret)
    put(door, "echt.jpg")
    settle(door)
    assert door.contents() == [JPEG]
    assert list(door.told()) == [OURS]
    assert secret.exists()


def test_a_link_for_the_claimed_file_is_only_a_link(door: Door, secret: Path) -> None:
    folder = forge(door, new_id("i"))
    (folder / "file").unlink()
    (folder / "file").symlink_to(secret)
    settle(door)
    assert door.contents() == [os.fsencode(secret)]


def test_any_number_of_forged_claims_keeps_no_mail_waiting(door: Door) -> None:
    for number in range(AT_A_TIME + 30):
        forge(door, new_id("i"), content=JPEG + bytes([number]) + b"\xff\xd9")
    put(door, "echt.jpg")
    door.look()
    door.look(SETTLE)
    assert b"echt.jpg" in {one.source for one in door.arrived()}
    assert len(door.arrived()) <= AT_A_TIME + 1


@pytest.mark.parametrize("kind", ["link", "file", "fifo"])
def test_our_own_place_replaced_by_something_else_is_told(
    house: House, tmp_path: Path, elsewhere: Path, kind: str
) -> None:
    door = Door(house, elsewhere, tmp_path / "home")
    target = tmp_path / "ziel"
    target.mkdir()
    ours = door.root / OURS
    if kind == "link":
        ours.symlink_to(target)
    elif kind == "file":
        ours.touch()
    else:
        os.mkfifo(ours)
    put(door, "scan.jpg")
    settle(door)
    assert door.arrived() == []
    assert list(target.iterdir()) == []
    assert "kein Ordner des Dienstes" in " ".join(door.told().values())
    ours.unlink()
    settle(door)
    assert door.contents() == [JPEG]
    assert door.told() == {}


def test_our_own_place_made_by_another_account_is_refused(
    house: House, tmp_path: Path, elsewhere: Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder to another account")
    door = Door(house, elsewhere, tmp_path / "home")
    (door.root / OURS).mkdir()
    os.chown(door.root / OURS, 65_534, 65_534)
    put(door, "scan.jpg")
    settle(door)
    assert door.arrived() == []
    assert "gehört einem anderen Konto" in " ".join(door.told().values())


def test_our_own_place_is_closed_to_others(house: House, tmp_path: Path, elsewhere: Path) -> None:
    door = Door(house, elsewhere, tmp_path / "home")
    (door.root / OURS).mkdir(mode=0o777)
    (door.root / OURS).chmod(0o777)
    door.look()
    assert (door.root / OURS).stat().st_mode & 0o777 == 0o700


def test_a_folder_beside_the_hot_folder_holds_the_claims(
    house: House, tmp_path: Path, elsewhere: Path
) -> None:
    beside = elsewhere.parent / "uebernommen"
    door = Door(house, elsewhere, tmp_path / "home", {"claims": str(beside)})
    put(door, "scan.jpg")
    settle(door)
    (one,) = door.arrived()
    assert [path.name for path in beside.iterdir()] == [one.id]
    assert door.left() == []
    assert beside.stat().st_mode & 0o777 == 0o700


def test_a_folder_beside_on_the_wrong_file_system_is_refused(
    house: House, tmp_path: Path, elsewhere: Path
) -> None:
    door = Door(house, elsewhere, tmp_path / "home", {"claims": str(tmp_path / "falsch")})
    put(door, "scan.jpg")
    settle(door)
    assert door.arrived() == []
    assert "nicht auf demselben Dateisystem" in " ".join(door.told().values())


# ------------------------------------------------------------------ between look and claim


def test_a_folder_swapped_for_a_link_leads_to_no_other_folders_file(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "fremd"
    other.mkdir()
    (other / "brief.jpg").write_bytes(SECRET)
    put(door, "post/brief.jpg")

    def swap() -> None:
        (door.root / "post").rename(door.root / "weg")
        (door.root / "post").symlink_to(other)

    before_the_rename(monkeypatch, swap)
    settle(door)
    assert JPEG in door.contents()
    assert SECRET not in door.contents()
    assert (other / "brief.jpg").read_bytes() == SECRET


@pytest.mark.parametrize("kind", ["fifo", "folder"])
def test_a_file_swapped_for_something_else_is_put_back(
    door: Door, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path = put(door, "brief.jpg")

    def swap() -> None:
        path.unlink()
        if kind == "fifo":
            os.mkfifo(path)
        else:
            path.mkdir()
            (path / "innen.jpg").write_bytes(JPEG)

    before_the_rename(monkeypatch, swap)
    door.look()
    door.look(SETTLE)
    assert door.arrived() == []
    assert path.exists()
    assert door.claims() == []
    door.pass_by(5)
    assert door.contents() == ([] if kind == "fifo" else [JPEG])


def test_a_file_swapped_for_a_link_is_only_a_link(
    door: Door, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(door, "brief.jpg")

    def swap() -> None:
        path.unlink()
        path.symlink_to(secret)

    before_the_rename(monkeypatch, swap)
    settle(door)
    assert door.contents() == [os.fsencode(secret)]


# ------------------------------------------------------------------ stops


class Stop(BaseException):
    """The process ends here."""


def stop_at(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, when: str) -> None:
    real = getattr(owner, name)

    def stopping(*args: Any, **words: Any) -> Any:
        monkeypatch.setattr(owner, name, real)
        if when == "before":
            raise Stop
        real(*args, **words)
        raise Stop

    monkeypatch.setattr(owner, name, stopping)


PLACES = [
    (Place, "note", "before"), (Place, "note", "after"),
    (Place, "bring_in", "after"),
    ("intake", "take", "before"), ("intake", "take", "after"),
    (Place, "remove", "before"), (Place, "remove", "after"),
    (Place, "forget", "before"), (Place, "forget", "after"),
]  # fmt: skip


@pytest.mark.parametrize(("owner", "name", "when"), PLACES)
def test_a_stop_at_any_place_leaves_one_item(
    door: Door, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, when: str
) -> None:
    put(door, "brief.jpg")
    owner = type(door.door.keeping.intake) if owner == "intake" else owner
    stop_at(monkeypatch, owner, name, when)
    with pytest.raises(Stop):
        door.pass_by(3 * KEEP, every=SETTLE)
    door.restart()
    door.pass_by(3 * KEEP, every=SETTLE)
    assert [(one.source, one.content) for one in door.arrived()] == [(b"brief.jpg", JPEG)]
    assert door.claims() == []
    assert door.left() in ([], [OURS])
    assert door.told() == {}


@pytest.mark.parametrize(
    ("owner", "name", "when"),
    [(Place, "note", "after"), (Place, "rename", "before"), (Place, "rename", "after"),
     ("intake", "take", "before"), ("intake", "take", "after")],
)  # fmt: skip
def test_a_stop_while_a_later_state_is_taken_leaves_both_states(
    door: Door, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, when: str
) -> None:
    path = put(door, "brief.jpg")
    handle = os.open(path, os.O_RDONLY)
    door.look()
    door.look(SETTLE)
    with Path(f"/proc/self/fd/{handle}").open("ab") as file:
        file.write(JPEG)
    os.close(handle)
    owner = type(door.door.keeping.intake) if owner == "intake" else owner
    stop_at(monkeypatch, owner, name, when)
    with pytest.raises(Stop):
        door.pass_by(3 * KEEP, every=SETTLE)
    door.restart()
    door.pass_by(4 * KEEP, every=SETTLE)
    assert door.contents() == [JPEG, JPEG + JPEG]
    assert door.claims() == []


def test_a_record_cut_off_by_a_power_failure_costs_the_name_and_not_the_file(door: Door) -> None:
    put(door, "brief.jpg")
    place, name = door.home / "claims" / "mailroom", new_id("i")
    door.look()
    (place / "records" / f"{name}.json").write_bytes(b"")
    bay = door.root / OURS if (door.root / OURS).exists() else place / "files"
    (door.root / "brief.jpg").rename(bay / name)
    door.restart()
    settle(door)
    assert [(one.id, one.content) for one in door.arrived()] == [(name, JPEG)]


def test_a_claim_whose_record_is_lost_is_a_find_like_any_other(
    house: House, tmp_path: Path, elsewhere: Path
) -> None:
    """The home was restored from an older copy, or made anew; the share still has the file."""
    door = Door(house, elsewhere, tmp_path / "home")
    door.look()
    put(door, f"{OURS}/{new_id('i')}")
    settle(door)
    assert door.contents() == [JPEG]


def test_a_claimed_file_that_is_not_where_it_should_be_is_told(
    house: House, tmp_path: Path
) -> None:
    door = Door(house, tmp_path / "hot", tmp_path / "home")
    door.look()
    with door.door.area.opened() as place:
        place.note(Claim(id=new_id("i"), source=b"brief.jpg", bay=place.bay + 1))
    door.restart()
    door.pass_by(5)
    assert "nicht, wo sie liegen soll" in door.told()["brief.jpg"]


def test_a_hot_folder_that_is_away_loses_no_record(
    house: House, tmp_path: Path, elsewhere: Path
) -> None:
    """The share is not mounted at the start: an empty folder of the home's disk is in its place."""
    door = Door(house, elsewhere, tmp_path / "home")
    put(door, "brief.jpg")
    door.look()
    monkeypatch = pytest.MonkeyPatch()
    stop_at(monkeypatch, Place, "bring_in", "after")
    with pytest.raises(Stop):
        door.look(SETTLE)
    monkeypatch.undo()
    mounted, door.root = door.root, tmp_path / "leer"
    door.restart()
    door.pass_by(5)
    assert door.arrived() == []
    door.root = mounted
    door.restart()
    settle(door)
    assert [(one.source, one.content) for one in door.arrived()] == [(b"brief.jpg", JPEG)]


def test_custody_that_was_committed_though_it_failed_to_say_so_is_not_taken_twice(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(door, "brief.jpg")
    intake = type(door.door.keeping.intake)
    take = intake.take

    def losing_the_answer(self: Any, arrival: Arrival, content: Any) -> str:
        monkeypatch.setattr(intake, "take", take)
        take(self, arrival, content)
        raise OSError("the connection was lost")

    monkeypatch.setattr(intake, "take", losing_the_answer)
    door.pass_by(3 * KEEP, every=SETTLE)
    assert door.contents() == [JPEG]
    assert door.claims() == []
