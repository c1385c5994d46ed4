"""Which pictures of a TIFF file are pages, how large they are, and what is said of the others."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import InputError
from ocr.findings import Severity
from tests.unit.ocr.showing import codes, drawn, looked_at
from tests.unit.ocr.tiff_kit import (
    DPI,
    Page,
    blocks,
    grey,
    held,
    tiff,
)


def sizes(path: Path) -> list[tuple[int, int]]:
    return [(round(w), round(h)) for w, h in looked_at(path).page_sizes]


def test_no_page_has_the_resolution_of_the_page_before(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    pages = [
        grey({282: 100, 283: 100, 296: 2}),
        grey({}),
        grey({282: 40, 283: 40, 296: 3}),
        grey({282: 0, 283: 0, 296: 2}),
        grey({282: 100, 283: 50, 296: 2}),
        grey({282: 100, 283: 50, 296: 2, 274: 6}),
        grey({282: 1, 283: 1, 296: 2}),
    ]
    path.write_bytes(tiff(*pages))
    assumed = (790, 592)  # A4, as far as it goes
    found = sizes(path)
    assert found[0] == (288, 216)
    assert found[2] == (283, 213)
    assert found[4:6] == [(288, 432), (432, 288)]
    assert found[1] == found[3] == found[6] and found[1] != found[0]
    assert found[1][0] / found[1][1] == pytest.approx(assumed[0] / assumed[1], rel=0.01)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(
    ("tags", "form"),
    [
        ({282: 204, 283: 98, 296: 2}, 204 / 98),
        ({282: 204, 283: 196, 296: 2}, 204 / 196),
        ({282: 80.3, 283: 38.5, 296: 3}, 80.3 / 38.5),
        ({282: 204, 283: 98, 296: 1}, 204 / 98),  # no unit: the form of a pixel alone
        ({282: 204, 283: 204, 296: 1}, 1),
        ({282: 204, 283: 1, 296: 2}, 1),  # no pixel is like that
    ],
)
def test_pixels_that_are_no_squares(
    tmp_path: Path, tags: dict[int, Any], form: float, orientation: int
) -> None:
    """A long fax too, which is larger than any sheet."""
    for height in (300, 2200):
        path = tmp_path / "a.tif"
        path.write_bytes(tiff(grey({**tags, 274: orientation}, 400, height)))
        [(w, h)] = looked_at(path).page_sizes
        across, down = (w, h) if orientation == 1 else (h, w)
        assert down / across == pytest.approx(height * form / 400, rel=0.01)


def numbered(number: int, **tags: Any) -> Page:
    """A page whose grey tells its number."""
    kind = {258: 8, 259: 1, 262: 1, 277: 1, **DPI, **{int(k[1:]): v for k, v in tags.items()}}
    return Page(width=20, height=10, strips=[bytes([number * 20]) * 200], tags=kind)


def numbers(path: Path) -> list[int]:
    return [image.getpixel((3, 3))[0] // 20 for image in drawn(path)]  # type: ignore[index]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("big", [False, True])
def test_every_directory_is_a_page(tmp_path: Path, order: str, big: bool) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(*map(numbered, range(1, 6)), order=order, big=big))
    assert numbers(path) == [1, 2, 3, 4, 5] and codes(path) == {"scan.low_dpi"}


@pytest.mark.parametrize("between", [b"", b"\0\0", b"\r\n"])
def test_a_tiff_file_behind_another_is_told_of(tmp_path: Path, between: bytes) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(numbered(1)) + between + tiff(numbered(2), order=">"))
    assert looked_at(path).pages == 1 and blocks(path, "picture.further")
    path.write_bytes(tiff(numbered(1)) + b"II*\0" + bytes(500) + b"MM\0*")
    assert "picture.further" not in codes(path)


@pytest.mark.parametrize("last", [8, 10**6, 7, 2**32 - 1])
def test_a_chain_that_breaks_or_runs_in_a_circle_is_told(tmp_path: Path, last: int) -> None:
    data = tiff(*map(numbered, range(1, 4)))
    first = struct.unpack("<I", data[4:8])[0]
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(*map(numbered, range(1, 4)), last=first if last == 8 else last))
    assert numbers(path) == [1, 2, 3]
    assert blocks(path, "tiff.chain_broken")


def test_a_damaged_page_in_the_middle_costs_itself_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    broken = Page(width=20, height=10, strips=[b"x" * 200], tags={256: None, 258: 8, 262: 1})
    for place in range(3):
        pages = [numbered(1), numbered(2)]
        pages.insert(place, broken)
        path.write_bytes(tiff(*pages))
        found = looked_at(path)
        assert found.pages == 3
        assert [one.page for one in found.findings if one.code == "page.unreadable"] == [place + 1]
        shown = numbers(path)
        assert [n for at, n in enumerate(shown) if at != place] == [1, 2]


def test_smaller_versions_are_no_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    small = Page(width=10, height=5, strips=[bytes(50)], tags={254: 1, 258: 8, 259: 1, 262: 1})
    old = Page(width=10, height=5, strips=[bytes(50)], tags={255: 2, 258: 8, 259: 1, 262: 1})
    path.write_bytes(tiff(numbered(1), small, numbered(2), old))
    assert numbers(path) == [1, 2]
    assert "tiff.reduced" in codes(path) and not blocks(path, "picture.further")


def test_what_is_no_smaller_version_is_told(tmp_path: Path) -> None:
    """Marked as one, but of another form; a mask; a picture beside the chain."""
    path = tmp_path / "a.tif"
    other = Page(width=10, height=40, strips=[bytes(400)], tags={254: 1, 258: 8, 259: 1, 262: 1})
    mask = Page(width=20, height=10, strips=[bytes(30)], tags={254: 4, 258: 1, 259: 1, 262: 4})
    beside = Page(width=20, height=10, strips=[bytes(200)], tags={254: 0, 258: 8, 259: 1, 262: 1})
    below = Page(
        width=20, height=10, strips=numbered(1).strips, tags=numbered(1).tags, sub=[beside]
    )
    for pages in ((numbered(1), other), (numbered(1), mask), (below,)):
        path.write_bytes(tiff(*pages))
        assert numbers(path) == [1] and blocks(path, "picture.further")


def test_pages_that_are_all_marked_as_smaller_versions_are_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(*(numbered(n, t254=1) for n in (1, 2, 3))))
    assert numbers(path) == [1, 2, 3]


def test_camera_raw_data_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    raw = Page(width=40, height=20, strips=[bytes(800)], tags={254: 0, 258: 8, 259: 1, 262: 32803})
    tags = {**numbered(1).tags, 254: 1}
    path.write_bytes(tiff(Page(width=20, height=10, strips=[bytes(200)], tags=tags, sub=[raw])))
    assert "Kamera-Rohdaten" in held(path)


PAGES = tiff(*map(numbered, range(1, 6)))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(8, len(PAGES) - 1), st.integers(1, 255))
def test_no_damage_loses_a_page_in_silence(
    tmp_path_factory: pytest.TempPathFactory, at: int, flip: int
) -> None:
    """Any byte behind the head may be wrong: what is not shown is said, or all is held."""
    path = tmp_path_factory.getbasetemp() / "damaged.tif"
    data = bytearray(PAGES)
    data[at] ^= flip
    path.write_bytes(data)
    try:
        found = looked_at(path)
    except InputError:
        return
    worst = {one.severity for one in found.findings if one.code != "scan.low_dpi"}
    assert found.pages == 5 or Severity.BLOCKS_DESTRUCTION in worst


def test_a_cut_file_says_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    for end in range(len(PAGES) - 1, 300, -37):
        path.write_bytes(PAGES[:end])
        try:
            found = looked_at(path)
        except InputError:
            continue
        assert found.pages == 5 or "tiff.chain_broken" in {one.code for one in found.findings}
