"""Documents page by page: deaths of children cost one page, order and range are kept."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from config.errors import ChildDeath, InputError
from config.isolation import Workshop
from config.jobs import Job
from ocr.children import READ_PAGE
from ocr.recognition.page_reading import read_page
from ocr.recognition.recogniser import Recogniser
from ocr.recognition.result import PageText
from ocr.scan_profile import ScanProfile
from tests.unit.ocr.conftest import letter

HERE = "tests.unit.ocr.test_recognise"


def stack(tmp_path: Path, count: int = 3) -> Path:
    path = tmp_path / "stack.tif"
    frames = [letter((800, 1100), lines=n + 1) for n in range(count)]
    frames[0].save(path, save_all=True, append_images=frames[1:], dpi=(100, 100))
    return path


def die_on_two(path: Path, number: int, offset: int, profile: ScanProfile) -> PageText:
    """Stands in for a page that crashes the engine; runs in a child."""
    if number == 2:
        os._exit(9)
    return read_page(path, number, offset, profile)


def die_once(path: Path, number: int, offset: int, profile: ScanProfile) -> PageText:
    """Crashes at the first try of page 2 only; runs in a child."""
    mark = path.with_suffix(".tried")
    if number == 2 and not mark.exists():
        mark.touch()
        os._exit(9)
    return read_page(path, number, offset, profile)


def die_always(path: Path, number: int, offset: int, profile: ScanProfile) -> PageText:
    """Crashes on every page; runs in a child."""
    os._exit(9)


class Deadly(Workshop):
    """The real children, with another function in the place of ``read_page``."""

    def __init__(self, function: str) -> None:
        super().__init__(size=2)
        self.function = f"{HERE}:{function}"

    def run(self, job: Job[Any], /, **how: Any) -> Any:
        if job.function == READ_PAGE.function:
            job = replace(job, function=self.function)
        return super().run(job, **how)


def test_pages_in_order_with_progress(tmp_path: Path, recogniser: Recogniser) -> None:
    seen: list[tuple[int, int]] = []
    read = recogniser.recognise(
        stack(tmp_path), ScanProfile(), subject="x", on_page=lambda *done: seen.append(done)
    )
    assert [page.number for page in read.pages] == [1, 2, 3]
    assert [page.text.count("geehrte") for page in read.pages] == [1, 2, 3]
    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert read.engine == "tesseract" and read.engine_version[0].isdigit()


def test_a_range_counts_from_one(tmp_path: Path, recogniser: Recogniser) -> None:
    read = recogniser.recognise(stack(tmp_path), ScanProfile(), subject="x", pages=(2, 3))
    assert [page.number for page in read.pages] == [1, 2]
    assert [page.text.count("geehrte") for page in read.pages] == [2, 3]


def test_a_page_that_kills_becomes_a_finding(tmp_path: Path) -> None:
    with Deadly("die_on_two") as shop:
        read = Recogniser(shop).recognise(stack(tmp_path), ScanProfile(), subject="x")
    assert [page.source for page in read.pages] == ["ocr", "none", "ocr"]
    [found] = [one for one in read.findings() if one.code == "ocr.page_failed"]
    assert found.page == 2


def test_a_page_is_tried_once_more(tmp_path: Path) -> None:
    with Deadly("die_once") as shop:
        read = Recogniser(shop).recognise(stack(tmp_path), ScanProfile(), subject="x")
    assert [page.source for page in read.pages] == ["ocr", "ocr", "ocr"]
    assert not read.findings()


def test_all_pages_failing_is_a_death(tmp_path: Path) -> None:
    with Deadly("die_always") as shop, pytest.raises(ChildDeath, match="Brief 7"):
        Recogniser(shop).recognise(stack(tmp_path), ScanProfile(), subject="Brief 7")


def test_what_cannot_be_opened_is_the_inputs_fault(tmp_path: Path, recogniser: Recogniser) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4 nichts")
    with pytest.raises(InputError):
        recogniser.recognise(path, ScanProfile(), subject="x")


def test_a_blank_page_is_kept_and_marked(tmp_path: Path, recogniser: Recogniser) -> None:
    path = tmp_path / "a.png"
    Image.new("L", (1654, 2339), 250).save(path, dpi=(200, 200))
    [page] = recogniser.recognise(path, ScanProfile(), subject="x").pages
    assert (page.blank, page.words) == ("blank", ())


def test_a_cut_picture_is_read_as_far_as_it_goes(tmp_path: Path, recogniser: Recogniser) -> None:
    path = tmp_path / "cut.jpg"
    letter((800, 1100), 12).save(path, quality=90, dpi=(100, 100))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.6)])
    [page] = recogniser.recognise(path, ScanProfile(), subject="x").pages
    assert page.findings[0].code == "image.truncated" and page.findings[0].page == 1
    assert "geehrte" in page.text
