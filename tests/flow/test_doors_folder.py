"""What lies in a hot folder and is no mail, and what is mail under any name."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
import structlog.testing

from api.wiring import House
from ingest.doors.blocked_files import MOST_SHOWN
from ingest.doors.hot_folder.directory_scan import DEEPEST
from tests.flow.doors import DOUBTFUL, SETTLE, Door

JPEG = b"\xff\xd8\xff" + bytes(range(200)) + b"\xff\xd9"


@pytest.fixture
def door(house: House, tmp_path: Path) -> Door:
    return Door(house, tmp_path / "hot", tmp_path / "home")


def put(door: Door, name: str, content: bytes = JPEG) -> Path:
    path = door.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


LEFT_IN_SILENCE = [
    "Thumbs.db", "desktop.ini", "~$Brief.docx", "DESKTOP.INI", ".DS_Store", "._brief.pdf",
    "@eaDir/s.pdf/SYNOPHOTO_THUMB_M.jpg", "@eaDir/s.pdf@SynoEAStream", "post/@EADIR/x.jpg",
    ".@__thumb/s800scan.jpg", "System Volume Information/x.jpg", "lost+found/brief.pdf",
    ".snapshot/hourly.0/scan.jpg", "#snapshot/2026/scan.jpg", ".nfs000000000001a2b300000001",
    ".fuse_hidden000000010000000a", ".smbdeleteAAA1b2", "scan.jpg:Zone.Identifier",
]  # fmt: skip
SHOWN_WHEN_THEY_LIE = [
    "#recycle/weg.jpg", "$RECYCLE.BIN/S-1-5-21/weg.png", ".Trash-1000/files/weg.pdf",
    "scan.jpg.part", "scan.TMP", "~WRL0001.tmp", ".versteckt.jpg", "Stapel.tmp/scan.jpg",
    ".ordner/tief/scan.pdf", "Thumbs.db/brief.pdf",
]  # fmt: skip


def test_litter_of_systems_is_left_alone_in_silence(door: Door) -> None:
    for name in LEFT_IN_SILENCE:
        put(door, name)
    door.pass_by(3 * DOUBTFUL, every=20)
    assert door.arrived() == []
    assert door.told() == {}
    assert all((door.root / name).exists() for name in LEFT_IN_SILENCE)


@pytest.mark.parametrize("name", SHOWN_WHEN_THEY_LIE)
def test_what_could_be_mail_is_shown_once_when_it_has_lain_for_long(door: Door, name: str) -> None:
    put(door, name)
    door.pass_by(DOUBTFUL - 30, every=20)
    assert door.told() == {}
    with structlog.testing.capture_logs() as logs:
        door.pass_by(DOUBTFUL, every=20)
        assert list(door.told()) == [name.partition("/")[0]]
    assert len([line for line in logs if line["event"] == "obstacle"]) == 1
    assert door.arrived() == []
    (door.root / name).rename(door.root / "brief.jpg")
    door.pass_by(SETTLE * 3)
    assert door.contents() == [JPEG]


def test_a_folder_that_is_not_read_and_holds_no_mail_is_not_shown(door: Door) -> None:
    put(door, ".git/config")
    put(door, "#recycle/desktop.ini")
    put(door, ".keep", b"")
    door.pass_by(2 * DOUBTFUL, every=20)
    assert door.told() == {}
    assert door.arrived() == []


@pytest.mark.parametrize(
    "name",
    [
        b"neue\nZeile.jpg",
        b"brief-\xff\xfe.jpg",
        ("ä" * 125 + ".jpg").encode(),
        b"-rf.jpg",
        b"a" * 255,
        b"stapel 7/tief/scan.jpg",
        b"\x1b[31mrot.jpg",
        b"i0123456789abcdef0123456789abcdef",
    ],
)
def test_mail_is_taken_under_any_name(door: Door, name: bytes) -> None:
    put(door, os.fsdecode(name))
    door.look()
    door.look(SETTLE)
    assert [(one.source, one.content) for one in door.arrived()] == [(name, JPEG)]


def test_a_tree_deeper_than_we_go_is_told_and_the_rest_is_taken(door: Door) -> None:
    put(door, "/".join(["d"] * (DEEPEST + 2)) + "/scan.jpg")
    put(door, "/".join(["d"] * DEEPEST) + "/scan.jpg")
    door.look()
    door.look(SETTLE)
    assert len(door.arrived()) == 1
    assert list(door.told()) == ["/".join(["d"] * (DEEPEST + 1))]


def test_what_is_no_file_is_told_and_never_opened(door: Door) -> None:
    os.mkfifo(door.root / "rohr.pdf")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(door.root / "dose.pdf"))
    door.pass_by(5)
    listener.close()
    assert set(door.told()) == {"rohr.pdf", "dose.pdf"}
    assert door.arrived() == []


def test_a_link_is_taken_as_the_text_that_it_is(door: Door, tmp_path: Path) -> None:
    secret = tmp_path / "geheim.pdf"
    secret.write_bytes(b"not to be taken in")
    (door.root / "verweis.pdf").symlink_to(secret)
    door.pass_by(5)
    assert door.contents() == [os.fsencode(secret)]
    assert secret.read_bytes() == b"not to be taken in"


def test_any_number_of_obstacles_is_told_in_a_hundred_lines(door: Door) -> None:
    for number in range(MOST_SHOWN + 50):
        os.mkfifo(door.root / f"rohr{number:04}")
    door.look()
    assert len(door.told()) == MOST_SHOWN + 1
    put(door, "zuletzt.jpg")
    door.look()
    assert door.look(SETTLE) == 1


def test_a_stream_without_subfolders_tells_of_a_folder(house: House, tmp_path: Path) -> None:
    door = Door(house, tmp_path / "hot", tmp_path / "home", {"subfolders": False})
    put(door, "stapel/scan.jpg")
    put(door, "scan.jpg")
    door.pass_by(5)
    assert len(door.arrived()) == 1
    assert list(door.told()) == ["stapel"]


class TestMarkers:
    @pytest.fixture
    def door(self, house: House, tmp_path: Path) -> Door:
        return Door(house, tmp_path / "hot", tmp_path / "home", {"done_marker": True})

    def test_a_file_is_taken_with_its_marker_and_shown_when_it_waits_for_long(
        self, door: Door
    ) -> None:
        put(door, "scan.jpg")
        door.pass_by(DOUBTFUL - 30, every=20)
        assert door.told() == {}
        door.pass_by(60, every=20)
        assert "Wartet auf scan.jpg.done" in door.told()["scan.jpg"]
        put(door, "scan.jpg.done", b"")
        door.pass_by(SETTLE * 3)
        assert door.contents() == [JPEG]
        assert door.left() == []
        assert door.told() == {}

    def test_a_link_is_no_marker_and_nothing_elsewhere_is_removed(
        self, door: Door, tmp_path: Path
    ) -> None:
        outside = tmp_path / "fremd.done"
        outside.touch()
        put(door, "scan.jpg")
        (door.root / "scan.jpg.done").symlink_to(outside)
        door.pass_by(10)
        assert door.arrived() == []
        assert outside.exists()

    def test_the_marker_of_the_next_file_of_that_name_stays(self, door: Door) -> None:
        put(door, "scan.jpg")
        put(door, "scan.jpg.done", b"")
        door.pass_by(SETTLE * 3)
        put(door, "scan.jpg", JPEG * 2)
        put(door, "scan.jpg.done", b"")
        door.restart()
        door.look()
        assert door.left() == ["scan.jpg", "scan.jpg.done"]
        door.pass_by(SETTLE * 3)
        assert door.contents() == [JPEG, JPEG * 2]
