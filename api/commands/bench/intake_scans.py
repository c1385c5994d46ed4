"""Scans to measure the intake with: many small ones that differ, and letters as a mailroom has them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from api.sample.letters import ACCESS, HERITAGE
from ocr.synthetic_letters import page, save_pdf

_SMALL = (150, 560, 1500, 1000)  #: a few lines of a page (pixels), read in a moment
_NUMBER = "Altakte {:09}"


def small_scans(folder: Path, count: int) -> Iterator[Path]:
    """``count`` files that differ in their bytes alone, JPEG and PDF in turns."""
    picture = page(HERITAGE).crop(_SMALL)
    jpeg, pdf = io.BytesIO(), io.BytesIO()
    picture.save(jpeg, "JPEG", quality=70, dpi=(200, 200), comment=_NUMBER.format(0))
    picture.save(pdf, "PDF", quality=70, resolution=200, title=_NUMBER.format(0))
    patterns = {"jpg": (jpeg.getvalue(), "ascii"), "pdf": (pdf.getvalue(), "utf-16-be")}
    for number in range(1, count + 1):
        suffix = ("jpg", "pdf")[number % 2]
        pattern, code = patterns[suffix]
        path = folder / f"altakte_{number:05}.{suffix}"
        old, new = _NUMBER.format(0), _NUMBER.format(number)
        path.write_bytes(pattern.replace(old.encode(code), new.encode(code)))
        yield path


def letters(folder: Path, count: int) -> Iterator[Path]:
    """``count`` letters of one page, each with a subject of its own."""
    for number in range(1, count + 1):
        path = folder / f"brief_{number:05}.pdf"
        letter = replace(ACCESS, subject=f"{ACCESS.subject}, Schreiben {number}")
        save_pdf([page(letter, seed=number)], path)
        yield path
