"""What a PDF reader draws of the copy of a picture, for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2 as pdfium
from PIL import Image

from ocr.page_sources.source import open_source
from ocr.page_view import PageUnreadable
from ocr.pdfa.writing import Task, enclose
from ocr.preflight.incoming import Limits, Preflight
from ocr.preflight.inspection import inspect
from tests.unit.ocr.conftest import page_text, recognition

Pixels = np.ndarray[Any, np.dtype[np.int64]]


def looked_at(path: Path) -> Preflight:
    """As the check of the road looks at a file; raises ``InputError``."""
    return inspect(path, Limits())


def codes(path: Path) -> set[str]:
    return {found.code for found in looked_at(path).findings}


def copy_of(path: Path, out: Path) -> tuple[str, ...]:
    """Write the PDF of an image file, without recognising anything; what was done."""
    sizes = [size_of(path, number + 1) for number in range(open_source(path).count)]
    read = recognition(
        *(page_text([], size=size, number=number) for number, size in enumerate(sizes, 1))
    )
    return enclose(
        Task(
            source=path,
            out=out,
            recognition=read,
            flavour="3b",
            title=None,
            pages=None,
            keep_attachments=True,
        )
    )


def size_of(path: Path, number: int) -> tuple[float, float]:
    try:
        page = open_source(path).page(number)
    except PageUnreadable:
        return 20.0, 10.0
    return page.width, page.height


def drawn(path: Path, size: tuple[int, int] | None = None) -> list[Image.Image]:
    """The pages of the copy, each drawn at ``size`` pixels, or a pixel a point."""
    out = path.with_suffix(".copy.pdf")
    copy_of(path, out)
    document = pdfium.PdfDocument(out)
    try:
        shown = []
        for page in document:
            scale = size[0] / page.get_width() if size else 1
            image = page.render(scale=scale).to_pil().convert("RGB")
            shown.append(image.resize(size) if size and image.size != size else image)
        return shown
    finally:
        document.close()


def farthest(image: Image.Image, wanted: Any) -> int:
    """The largest difference of a value; grey may be given for RGB."""
    values = np.asarray(wanted).astype(np.int64)
    if values.ndim == 2:
        values = np.repeat(values[:, :, None], 3, axis=2)
    got = np.asarray(image.convert("RGB")).astype(np.int64)
    assert got.shape == values.shape, (got.shape, values.shape)
    return int(np.abs(got - values).max())
