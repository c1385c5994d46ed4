"""The folder store when the machine, the disk or a person gets in its way."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.errors import BrokenObject, MissingObject
from archive.store import objects_folder
from archive.store.objects import nothing
from archive.store.objects_folder import FolderStore
from archive.store.objects_unreferenced import doubts
from config import flushing
from config.errors import Unavailable

ROOT = Path(__file__).resolve().parents[3]
DATA = b"0123456789abcdef" * 65536 * 4  # four blocks
ENDLESS = """
import sys
from pathlib import Path
from archive.store.objects_folder import FolderStore
store = FolderStore(Path(sys.argv[1]))
source = Path(sys.argv[2])
print("ready", flush=True)
while True:
    stored = store.put(source)
    store.delete(stored.sha256)
"""
ENDLESS_TOGETHER = """
import io, itertools, sys
from pathlib import Path
from archive.store.objects_folder import FolderStore
store = FolderStore(Path(sys.argv[1]))
print("ready", flush=True)
for number in itertools.count():
    with store.gathering() as group:
        for part in range(7):
            group.put(io.BytesIO(b"%d %d" % (number, part) * 2000))
"""
FULL = """
import io, sys
from pathlib import Path
from archive.store.objects_folder import FolderStore
from config.errors import Unavailable
store = FolderStore(Path(sys.argv[1]))
small = store.put(io.BytesIO(b"fits"))
try:
    store.put(io.BytesIO(b"x" * 3_000_000))
except Unavailable as error:
    assert sys.argv[1] in str(error), error
    left = [e for e in Path(sys.argv[1]).rglob("*") if e.is_file() and ".doubts" not in e.parts]
    assert sorted(entry.name for entry in left) == [".lock", small.sha256], left
    store.put(io.BytesIO(b"fits too"))
    print("held")
"""


def drafts(store: FolderStore) -> list[Path]:
    return list((store.root / ".tmp").iterdir())


def test_an_object_lies_where_its_hash_says(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    stored = store.put(io.BytesIO(b"x"))
    name = hashlib.sha256(b"x").hexdigest()
    place = tmp_path / "objects" / name[:2] / name[2:4] / name
    assert store.path(stored.sha256) == place
    assert stat.S_IMODE(place.stat().st_mode) == 0o440
    assert place.stat().st_nlink == 1
    assert drafts(store) == []


def test_sigkill_at_any_moment_leaves_a_whole_object_or_none(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(DATA)
    place = tmp_path / "store"
    address = hashlib.sha256(DATA).hexdigest()
    store = FolderStore(place)
    for attempt in range(8):
        child = subprocess.Popen(
            [sys.executable, "-c", ENDLESS, place, source], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.003 * attempt)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        assert store.check(address) in ("ok", "missing")
        store.sweep(lambda asked: asked & {address})
        assert drafts(store) == []
    assert store.put(source).sha256 == address


def test_sigkill_while_several_are_put_leaves_whole_objects_alone(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    for attempt in range(5):
        child = subprocess.Popen(
            [sys.executable, "-c", ENDLESS_TOGETHER, tmp_path], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(0.01 * attempt)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        left = set(store.addresses())
        assert all(store.check(name) == "ok" for name in left)
        assert set(store.sweep(nothing)) == left  # all of them are known to be perhaps strays
        assert drafts(store) == []


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the store asks of the disk, in its order; all of it is done."""
    told: list[str] = []

    def watch(owner: object, name: str) -> None:
        original = getattr(owner, name)

        def watched(*args: object, **kwargs: object) -> object:
            told.append(name)
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, watched)

    watch(os, "fsync")
    watch(os, "link")
    watch(objects_folder, "flushed_whole")
    watch(objects_folder, "hash_of_file")
    return told


def test_bytes_are_flushed_and_read_back_before_names_and_names_before_the_end(
    tmp_path: Path, calls: list[str]
) -> None:
    store = FolderStore(tmp_path)
    calls.clear()
    with store.gathering() as group:
        for number in range(64):
            group.put(io.BytesIO(bytes([number])))
    assert calls == [
        "flushed_whole", *["hash_of_file"] * 64, *["link", "hash_of_file"] * 64, "flushed_whole"
    ]  # fmt: skip


def test_one_alone_does_not_wait_for_all_that_is_written_on_the_disk(
    tmp_path: Path, calls: list[str]
) -> None:
    store = FolderStore(tmp_path)
    calls.clear()
    store.put(io.BytesIO(b"x"))
    assert calls == ["fsync", "hash_of_file", "link", "hash_of_file", *["fsync"] * 2]


def test_a_first_folder_that_was_taken_away_is_made_durable_anew(
    tmp_path: Path, calls: list[str]
) -> None:
    store = FolderStore(tmp_path)
    name = hashlib.sha256(b"x").hexdigest()
    (tmp_path / "objects" / name[:2]).rmdir()
    calls.clear()
    assert store.put(io.BytesIO(b"x")).sha256 == name
    assert calls == ["fsync", "hash_of_file", "link", "hash_of_file", *["fsync"] * 3]


def test_where_the_disk_cannot_be_flushed_as_one_each_file_and_folder_is(
    tmp_path: Path, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FolderStore(tmp_path)
    monkeypatch.setattr(flushing, "_SURE", frozenset[int]())
    calls.clear()
    with store.gathering() as group:
        names = [group.put(io.BytesIO(bytes([number]))).sha256 for number in range(3)]
    touched = {name[:2] for name in names} | {name[:4] for name in names}
    assert calls.count("fsync") == len(names) + len(touched)
    assert calls.index("link") > max(i for i in range(len(names) + 1) if calls[i] == "fsync")


def test_a_damaged_object_among_several_is_named_and_none_counts(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    damaged = store.put(io.BytesIO(b"right"))
    store.path(damaged.sha256).chmod(0o640)
    store.path(damaged.sha256).write_bytes(b"wrong")
    with pytest.raises(BrokenObject, match=damaged.sha256), store.gathering() as group:
        group.put(io.BytesIO(b"other"))
        group.put(io.BytesIO(b"right"))
    assert drafts(store) == []
    assert store.put(io.BytesIO(b"other")).sha256 in set(store.addresses())


def test_a_full_disk_is_named_and_leaves_nothing_half(tmp_path: Path) -> None:
    mounted = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    script = f'mount -t tmpfs -o size=2m tmpfs "{tmp_path}" && exec "$@"'
    probe = subprocess.run([*mounted, script, "sh", "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    ran = subprocess.run(
        [*mounted, script, "sh", sys.executable, "-c", FULL, str(tmp_path / "store")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout == "held\n", ran.stderr


def test_a_damaged_object_is_found_and_not_overwritten(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    stored = store.put(io.BytesIO(b"right"))
    place = store.path(stored.sha256)
    place.chmod(0o640)
    place.write_bytes(b"wrong")
    assert store.check(stored.sha256) == "broken"
    with pytest.raises(BrokenObject, match=stored.sha256):
        store.put(io.BytesIO(b"right"))
    assert place.read_bytes() == b"wrong"
    assert drafts(store) == []


def test_a_source_that_cannot_be_read_is_not_the_stores_fault(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    with pytest.raises(FileNotFoundError):
        store.put(tmp_path / "absent")

    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output"):
        store.put(Failing())
    assert drafts(store) == []


def test_a_disk_that_is_not_mounted_is_not_an_empty_archive(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "store")
    stored = store.put(io.BytesIO(b"x"))
    (tmp_path / "store").rename(tmp_path / "away")
    (tmp_path / "store").mkdir()
    with pytest.raises(Unavailable):
        store.check(stored.sha256)
    with pytest.raises(Unavailable):
        store.put(io.BytesIO(b"x"))
    (tmp_path / "store" / ".lock").unlink()
    (tmp_path / "store").rmdir()
    (tmp_path / "away").rename(tmp_path / "store")
    assert store.check(stored.sha256) == "ok"


def test_a_broken_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    name = hashlib.sha256(b"x").hexdigest()
    place = tmp_path / "objects" / name[:2] / name[2:4] / name
    place.parent.mkdir(parents=True)
    place.symlink_to(tmp_path / "nowhere")
    with pytest.raises(Unavailable):
        store.put(io.BytesIO(b"x"))
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(MissingObject):
        store.path(name)


def test_foreign_files_in_the_tree_are_left_alone(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    stored = store.put(io.BytesIO(b"x"))
    stranger = store.path(stored.sha256).with_name("README")
    stranger.write_text("not ours")
    assert list(store.addresses()) == [stored.sha256]
    assert store.sweep(nothing) == (stored.sha256,)
    assert stranger.exists()


def test_what_is_put_again_is_young_again(tmp_path: Path) -> None:
    """A step that runs twice must not lose its object to a sweep between work and commit."""
    store = FolderStore(tmp_path)
    stored = store.put(io.BytesIO(b"x"))
    long_ago = (datetime.now(UTC) - timedelta(days=9)).timestamp()
    os.utime(store.path(stored.sha256), (long_ago, long_ago))
    store.put(io.BytesIO(b"x"))
    assert store.sweep(lambda asked: asked) == ()  # nobody doubts it any more
    assert store.sweep(nothing, older_than=datetime.now(UTC) - timedelta(days=1)) == ()


def test_a_note_is_left_by_whoever_dies_and_read_only_then(tmp_path: Path) -> None:
    """However an end comes, what was put for nothing is asked about."""
    holding = """
import io, os, sys
from pathlib import Path
from archive.store.objects_folder import FolderStore
store = FolderStore(Path(sys.argv[1]))
with store.custody():
    print(store.put(io.BytesIO(b"x")).sha256, flush=True)
    sys.stdin.read()
    os._exit(9)
"""
    store = FolderStore(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", holding, tmp_path],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdin is not None and child.stdout is not None
        name = child.stdout.readline().strip()
        assert doubts(tmp_path / ".doubts").addresses == frozenset()
        child.stdin.close()
        child.wait()
    assert doubts(tmp_path / ".doubts").addresses == {name}
    assert store.sweep(nothing) == (name,)
    assert list((tmp_path / ".doubts").iterdir()) == []


def test_a_note_with_anything_else_in_it_is_no_address(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    (tmp_path / ".doubts" / "n").write_bytes(b"../../etc/passwd\n\xff\n" + b"0" * 63)
    assert store.sweep(nothing) == ()
    assert list((tmp_path / ".doubts").iterdir()) == []


def test_what_is_no_note_stops_no_sweep(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    (tmp_path / ".doubts" / "lost+found").mkdir()
    stray = store.put(io.BytesIO(b"x")).sha256
    assert store.sweep(nothing) == (stray,)


def test_an_address_behind_a_torn_one_is_read(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    with store.custody():
        stray = store.put(io.BytesIO(b"x")).sha256
        (note,) = (tmp_path / ".doubts").iterdir()
        with note.open("ab") as torn:
            torn.write(b"0" * 40)
        other = store.put(io.BytesIO(b"y")).sha256
    assert set(store.sweep(nothing)) == {stray, other}


def test_a_sweep_waits_for_another_process(tmp_path: Path) -> None:
    holding = """
import sys
from pathlib import Path
from archive.store.objects_folder import FolderStore
with FolderStore(Path(sys.argv[1])).custody():
    print("held", flush=True)
    sys.stdin.read()
"""
    store = FolderStore(tmp_path)
    stored = store.put(io.BytesIO(b"x"))
    with subprocess.Popen(
        [sys.executable, "-c", holding, tmp_path],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()
        assert store.sweep(nothing) == ()
        child.stdin.close()
        child.wait()
    assert store.sweep(nothing) == (stored.sha256,)


def test_without_room_for_a_lock_nothing_is_taken(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    (tmp_path / ".lock").mkdir()
    with pytest.raises(Unavailable, match="sperren"):
        store.put(io.BytesIO(b"x"))
