"""A full disk: the door waits, nothing is lost, and it goes on by itself when there is room."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.home import Home, small_scan

SIZE = 48 * 2**20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system that can be filled."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.skip(f"no small file system can be mounted here: {done.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> Path:
    """Take all room that is left."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return filler


def test_waits_for_room_and_goes_on(tmp_path: Path, small_disk: Path) -> None:
    home = Home.make(small_disk / "home")
    folder = tmp_path / "scanner"
    folder.mkdir()
    settings = home.path / "registratur.toml"
    settings.write_text(
        settings.read_text(encoding="utf-8").replace('"hot/mailroom"', f'"{folder}"'),
        encoding="utf-8",
    )
    log = tmp_path / "service.log"  # the log must not need the full disk
    log.touch()
    (home.path / "service.log").symlink_to(log)
    home.start()
    home.drop("before.jpg", small_scan(1), folder=folder)
    home.wait_until_done()
    filler = fill(small_disk)
    for number in (2, 3, 4):
        home.drop(f"full_{number}.jpg", small_scan(number), folder=folder)
    time.sleep(8)
    assert home.process is not None
    assert home.process.poll() is None, home.log()
    assert os.statvfs(small_disk).f_bavail < 64
    filler.unlink()
    home.wait_until_done()
    home.stop()
    home.start()
    home.wait_until_done()
    home.stop()
    home.check_whole()
    assert not [path for path in folder.rglob("*") if path.name != ".registratur"]


def test_full_while_documents_are_on_the_road(tmp_path: Path, small_disk: Path) -> None:
    home = Home.make(small_disk / "home")
    log = tmp_path / "service.log"
    log.touch()
    (home.path / "service.log").symlink_to(log)
    home.start()
    for number in range(1, 4):
        home.drop(f"scan_{number}.jpg", small_scan(number))
    limit = time.monotonic() + 60
    while not home.statuses() and time.monotonic() < limit:
        time.sleep(0.2)
    filler = fill(small_disk)
    time.sleep(6)
    filler.unlink()
    home.wait_until_done()
    home.stop()
    home.start()  # tidies what a full disk left
    home.wait_until_done()
    home.stop()
    home.check_whole()
