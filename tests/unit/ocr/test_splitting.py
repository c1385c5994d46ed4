"""Parts hold exactly their pages, with the pictures as they were stored."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from config.errors import HoldReason, InputError, UsageError
from ocr.preflight.inspection import decrypt, split
from tests.unit.ocr.conftest import letter, scan_pdf
from tests.unit.ocr.test_pdfa import images


def test_pdf(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "scans/misc/multi-page-mixed.pdf"
    parts = split(source, [(1, 2), (3, 6)], tmp_path)
    with pikepdf.open(parts[0]) as one, pikepdf.open(parts[1]) as two:
        assert (len(one.pages), len(two.pages)) == (2, 4)
    assert set(images(parts[0]) + images(parts[1])) == set(images(source))


def test_frames(tmp_path: Path) -> None:
    source = tmp_path / "a.tif"
    frames = [letter((400, 500), n).convert("1" if n % 2 else "L") for n in range(4)]
    frames[0].save(source, save_all=True, append_images=frames[1:], dpi=(200, 200))
    parts = split(source, [(1, 1), (2, 4)], tmp_path)
    shown = []
    for part in parts:
        with Image.open(part) as image:
            for number in range(image.n_frames):  # type: ignore[attr-defined]
                image.seek(number)
                assert image.info["dpi"] == pytest.approx((200, 200))
                shown.append((image.mode, image.tobytes()))
    assert shown == [(frame.mode, frame.tobytes()) for frame in frames]


def test_a_single_picture_is_copied(tmp_path: Path) -> None:
    source, out = tmp_path / "a.jpg", tmp_path / "out"
    out.mkdir()
    letter((400, 500), 1).save(source)
    [part] = split(source, [(1, 1)], out)
    assert part.read_bytes() == source.read_bytes()


@pytest.mark.parametrize("pages", [(0, 1), (1, 2), (2, 1)])
def test_pages_that_are_not_there(tmp_path: Path, pages: tuple[int, int]) -> None:
    source = scan_pdf(tmp_path / "a.pdf", letter((400, 500), 1))
    with pytest.raises(UsageError):
        split(source, [pages], tmp_path)


def test_password(shared_data: Path, tmp_path: Path) -> None:
    source, out = shared_data / "broken/paperless_password-is-test.pdf", tmp_path / "open.pdf"
    with pytest.raises(InputError) as caught:
        decrypt(source, "falsch", out)
    assert caught.value.reason is HoldReason.ENCRYPTED and not out.exists()
    decrypt(source, "test", out)
    with pikepdf.open(out) as pdf:
        assert not pdf.is_encrypted and len(pdf.pages) == 1
