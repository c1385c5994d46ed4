"""A service under its own account, and writers of another one: no lease tells of their handles."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.wiring import House
from ingest.doors.hot_folder import open_writers
from ingest.doors.hot_folder.claims import OURS
from ingest.doors.hot_folder.open_writers import (
    AGE,
    FileSystem,
    OpenFiles,
    Writers,
    file_system,
    writers_of,
)
from tests.accounts import CAP_LEASE, CAP_SYS_PTRACE, OtherAccount, other_account, without
from tests.flow.doors import FOREIGN, KEEP, SETTLE, Door

PDF_1 = b"%PDF-1.4\n" + bytes(range(256)) * 8 + b"\nstartxref\n9\n%%EOF\n"
PDF_2 = b"2 0 obj\n" + bytes(range(256)) * 8 + b"\nstartxref\n99\n%%EOF\n"
HALF = b"%PDF-1.4\n" + bytes(range(256)) * 8


@pytest.fixture
def share() -> Iterator[Path]:
    """A place that other accounts can reach."""
    if os.geteuid() != 0:
        pytest.skip("only root can act as two accounts")
    place = Path(tempfile.mkdtemp(prefix="door-"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def ground(share: Path) -> Iterator[Path]:
    """The same, while we cannot ask for leases on others' files nor look into their processes."""
    with without(CAP_LEASE, CAP_SYS_PTRACE):
        yield share


@pytest.fixture
def door(house: House, ground: Path) -> Door:
    door = Door(house, ground / "hot", ground / "home")
    (ground / "home").mkdir(mode=0o700)
    door.root.chmod(0o777)
    return door


@pytest.fixture
def writer(share: Path) -> Iterator[OtherAccount]:
    with other_account() as account:
        yield account


def test_a_scanner_that_keeps_its_handle_open_for_12_seconds_a_page_loses_nothing(
    door: Door, writer: OtherAccount
) -> None:
    """Every pause leaves a file that looks whole."""
    writer.do("open", "scan", str(door.root / "scan.pdf"))
    for page in (PDF_1, PDF_2, PDF_2, PDF_2):
        assert writer.do("write", "scan", page) == 1
        door.pass_by(12)
        assert door.arrived() == []
    writer.do("close", "scan")
    door.pass_by(FOREIGN + 2 * SETTLE + KEEP + 10)
    assert door.contents() == [PDF_1 + 3 * PDF_2]
    assert door.claims() == []


def test_a_scanner_that_writes_without_an_end_is_waited_for_still_longer(
    door: Door, writer: OtherAccount
) -> None:
    writer.do("open", "scan", str(door.root / "scan.pdf"))
    for _ in range(3):
        assert writer.do("write", "scan", HALF) == 1
        door.pass_by(2 * FOREIGN)
    writer.do("write", "scan", PDF_2)
    writer.do("close", "scan")
    door.pass_by(3 * KEEP)
    assert door.contents() == [3 * HALF + PDF_2]


def test_a_pause_longer_than_all_rest_leaves_two_states_that_name_each_other(
    door: Door, writer: OtherAccount
) -> None:
    writer.do("open", "scan", str(door.root / "scan.pdf"))
    writer.do("write", "scan", PDF_1)
    door.pass_by(FOREIGN + 5)
    assert door.contents() == [PDF_1]
    assert writer.do("write", "scan", PDF_2) == 1  # the inode still has a name
    writer.do("close", "scan")
    door.pass_by(4 * KEEP)
    assert door.contents() == [PDF_1, PDF_1 + PDF_2]
    assert {one.stage for one in door.arrived()} == {"held"}
    assert door.claims() == []


def test_a_place_holder_of_another_account_that_is_filled_is_one_item(
    door: Door, writer: OtherAccount
) -> None:
    writer.do("open", "scan", str(door.root / "scan.pdf"))
    door.pass_by(40)
    writer.do("write", "scan", PDF_1)
    writer.do("close", "scan")
    door.pass_by(3 * KEEP)
    assert door.contents() == [PDF_1]


def test_a_file_of_the_services_own_account_is_taken_without_the_longer_rest(door: Door) -> None:
    (door.root / "scan.pdf").write_bytes(PDF_1)
    door.look()
    assert door.look(SETTLE) == 1


def test_claims_are_out_of_the_reach_of_who_writes_into_the_share(
    door: Door, writer: OtherAccount
) -> None:
    (door.root / "scan.pdf").write_bytes(PDF_1)
    door.look()
    door.look(SETTLE)
    (one,) = door.arrived()
    files = door.home / "claims" / "mailroom" / "files"
    for act in (
        ("rename", str(files / one.id), str(door.root / "weg")),
        ("unlink", str(files / one.id)),
        ("listdir", str(files)),
        ("open", "x", str(files / one.id), "r+b"),
    ):
        with pytest.raises(OSError, match="denied"):
            writer.do(*act)


def test_a_forged_place_of_another_account_holds_nothing_that_we_believe(
    door: Door, writer: OtherAccount, ground: Path
) -> None:
    secret = ground / "geheim"
    secret.write_bytes(b"a secret of the service")
    secret.chmod(0o600)
    claim = f"{door.root}/{OURS}/i0123456789abcdef0123456789abcdef"
    writer.do("makedirs", claim)
    writer.do("symlink", str(secret), f"{claim}/from")
    writer.do("open", "scan", f"{claim}/file")
    writer.do("write", "scan", PDF_1)
    writer.do("close", "scan")
    door.pass_by(FOREIGN + 5)
    (one,) = door.arrived()
    assert one.content == PDF_1
    assert b"secret" not in one.source
    assert one.id not in claim
    assert secret.exists()


def test_a_link_to_the_services_own_file_shows_and_removes_nothing(
    door: Door, writer: OtherAccount, ground: Path
) -> None:
    """Whether or not the kernel protects hard links: a second name is never taken."""
    secret = ground / "eigen.pdf"
    secret.write_bytes(PDF_1)
    secret.chmod(0o666)
    writer.do("link", str(secret), str(door.root / "scan.pdf"))
    door.pass_by(3 * KEEP)
    assert door.arrived() == []
    assert "harter Verweis" in door.told()["scan.pdf"]
    assert secret.read_bytes() == PDF_1


@pytest.mark.parametrize("act", ["rename", "swap for a link", "append", "truncate"])
def test_a_hostile_writer_racing_with_the_looks_loses_only_what_is_his(
    door: Door, writer: OtherAccount, ground: Path, act: str
) -> None:
    other = ground / f"fremd {act}"
    other.mkdir()
    (other / "brief.pdf").write_bytes(b"of another folder")
    (door.root / "echt.pdf").write_bytes(PDF_1)
    folder = str(door.root / "post")
    writer.do("mkdir", folder, 0o777)
    for number in range(12):
        writer.do("open", "scan", f"{folder}/brief.pdf")
        writer.do("write", "scan", PDF_2)
        door.look(FOREIGN / 2)
        if act == "rename":
            writer.do("rename", f"{folder}/brief.pdf", f"{folder}/brief{number}.pdf")
        elif act == "swap for a link":
            writer.do("rename", folder, f"{folder}{number}")
            writer.do("symlink", str(other), folder)
            door.look(FOREIGN)
            writer.do("unlink", folder)
            writer.do("mkdir", folder, 0o777)
        elif act == "append":
            writer.do("write", "scan", PDF_2)
        else:
            writer.do("truncate", f"{folder}/brief.pdf", 0)
        writer.do("close", "scan")
    door.pass_by(4 * KEEP, every=5)
    contents = door.contents()
    assert contents.count(PDF_1) == 1
    assert b"of another folder" not in contents
    assert (other / "brief.pdf").exists()
    assert door.claims() == []


class TestWhoWrites:
    """The question itself, with real handles."""

    def ask(self, path: Path) -> Writers:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            return writers_of(descriptor, file_system(descriptor), OpenFiles(), 0.0)
        finally:
            os.close(descriptor)

    def test_of_our_own_file_the_lease_tells(self, ground: Path) -> None:
        path = ground / "own"
        with path.open("wb"):
            assert self.ask(path) is Writers.SOME
        assert self.ask(path) is Writers.NONE

    def test_of_another_accounts_file_nothing_is_known(
        self, door: Door, writer: OtherAccount
    ) -> None:
        path = door.root / "theirs"
        writer.do("open", "x", str(path))
        assert self.ask(path) is Writers.UNKNOWN
        writer.do("close", "x")
        assert self.ask(path) is Writers.UNKNOWN

    def test_another_accounts_handle_is_seen_where_we_may_look_into_its_process(
        self, share: Path, writer: OtherAccount
    ) -> None:
        path = share / "theirs"
        path.touch()
        path.chmod(0o666)
        os.chown(path, 12_345, -1)
        with without(CAP_LEASE):
            writer.do("open", "reading", str(path), "rb")
            assert self.ask(path) is Writers.UNKNOWN
            writer.do("open", "writing", str(path), "r+b")
            assert self.ask(path) is Writers.SOME
            writer.do("close", "writing")
            assert self.ask(path) is Writers.UNKNOWN

    def test_on_a_share_the_kernels_no_says_nothing(self, tmp_path: Path) -> None:
        """A refused or granted lease on SMB and NFS speaks of oplocks and delegations."""
        path = tmp_path / "file"
        path.touch()
        descriptor = os.open(path, os.O_RDONLY)
        where = FileSystem(mount=1, device=1, kind="cifs")
        assert writers_of(descriptor, where, OpenFiles(), 0.0) is Writers.UNKNOWN
        os.close(descriptor)


def test_open_files_are_looked_at_once_for_many_and_anew_after_a_while(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    seen = OpenFiles()
    assert not seen.has_writer(path.stat(), 0.0)
    with path.open("ab"):
        assert not seen.has_writer(path.stat(), AGE)  # as of then
        assert seen.has_writer(path.stat(), 2 * AGE)
        seen.forget()
    assert not seen.has_writer(path.stat(), 2 * AGE)
    with path.open("rb"):
        seen.forget()
        assert not seen.has_writer(path.stat(), 0.0)


def test_a_disk_that_is_not_among_our_mounts_is_still_a_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After chroot the root's own mount is not listed."""
    proc = tmp_path / "proc"
    (proc / "self").mkdir(parents=True)
    (proc / "self" / "mountinfo").write_text("", encoding="ascii")
    monkeypatch.setattr(open_writers, "PROC", proc)
    descriptor = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        found = open_writers.file_system(descriptor)
    finally:
        os.close(descriptor)
    assert found.is_local == bool(os.major(found.device))
