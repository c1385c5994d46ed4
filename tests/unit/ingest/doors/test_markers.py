"""The marker that says that a file is complete, in small letters and in capitals."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.doors.hot_folder.completion_markers import drop_marker, has_marker, is_marker


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


@pytest.mark.parametrize(
    ("name", "marker"),
    [("scan.pdf", "scan.pdf.done"), ("scan.pdf", "scan.pdf.DONE"), ("SCAN.PDF", "SCAN.PDF.DONE")],
)
def test_a_marker_is_known_in_small_letters_and_capitals(
    folder: int, tmp_path: Path, name: str, marker: str
) -> None:
    assert is_marker(marker) and not has_marker(folder, name)
    (tmp_path / marker).touch()
    assert has_marker(folder, name)
    drop_marker(folder, name)
    assert not (tmp_path / marker).exists()


def test_a_link_or_folder_is_no_marker(folder: int, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").touch()
    (tmp_path / "a.pdf.done").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "b.pdf.DONE").mkdir()
    for name in ("a.pdf", "b.pdf"):
        assert not has_marker(folder, name)
        drop_marker(folder, name)
    assert (tmp_path / "a.pdf.done").is_symlink() and (tmp_path / "b.pdf.DONE").is_dir()


def test_an_ordinary_name_is_no_marker() -> None:
    assert not is_marker("done.pdf") and not is_marker("scan.done.pdf")
