"""Picture files as the comparison draws them by code of its own."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ocr.compare.drawers import NotDrawn, Pdfium
from ocr.compare.picture_files import PictureFile

SIZE = (48, 32)


def jpeg(path: Path, stated: int) -> Path:
    """A JPEG whose true height stands behind its scan, and another one in its frame."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize(SIZE).convert("RGB").save(out, "JPEG", quality=95)
    data = out.getvalue()
    at = data.index(b"\xff\xc0") + 5
    late = b"\xff\xdc\0\4" + struct.pack(">H", SIZE[1])
    path.write_bytes(data[:at] + struct.pack(">H", stated) + data[at + 2 : -2] + late + data[-2:])
    return path


@pytest.mark.parametrize("stated", [0, 32, 4000])
def test_the_height_behind_the_scan_holds(tmp_path: Path, stated: int) -> None:
    file = PictureFile(jpeg(tmp_path / "a.jpg", stated))
    assert file.shape(1) == (SIZE[0] / SIZE[1], 48.0)
    shown = file.draw(1, SIZE).astype(int)
    wanted = np.asarray(Image.linear_gradient("L").resize(SIZE).convert("RGB")).astype(int)
    assert np.abs(shown - wanted).max() <= 20


def test_why_nothing_was_drawn_is_said_in_words_of_people(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4 nothing")
    (tmp_path / "a.png").write_bytes(b"\x89PNG nothing")
    for opened, path in ((Pdfium, "a.pdf"), (PictureFile, "a.png")):
        with pytest.raises(NotDrawn) as caught:
            opened(tmp_path / path)
        said = str(caught.value)
        assert "Error" not in said and "(" not in said and "nicht" in said
