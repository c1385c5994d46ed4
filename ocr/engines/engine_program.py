"""Tesseract as a program of the system: the portable engine, where tesserocr is not to be had.

A process and a model load a reading (about 0.15 s more); the picture goes in and the words come out
through pipes, as PNM and hOCR. The program dies with the child that started it.
"""

from __future__ import annotations

import contextlib
import functools
import re
import resource
import shutil
import subprocess
from xml.etree import ElementTree

from PIL import Image

from ocr.engines.language_models import checked, tessdata
from ocr.errors import ToolMissing
from ocr.transcript import Glyphs, Pixels, Row

SECONDS = 170  #: of computing time, a little less than a page has: more would cost the child
OSD_ONLY = 0
LINES = {"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"}


class TesseractProgram:
    """See ``ocr.engines.engine.Engine``."""

    def version(self) -> str:
        found = re.search(r"tesseract v?(\S+)", _run(["--version"], b"").decode("utf-8", "replace"))
        return found[1] if found else "?"

    def rows(self, image: Image.Image, dpi: float, language: str, layout: int) -> list[Row]:
        said = _ask(image, dpi, checked(language), layout, "--oem", "1", "hocr")
        return _rows(said) if said.strip() else []

    def orientation(self, image: Image.Image, dpi: float) -> int:
        said = _ask(image, dpi, checked("osd"), OSD_ONLY).decode("utf-8", "replace")
        found = re.search(r"Orientation in degrees: (\d+)", said)
        return int(found[1]) % 360 if found else 0  # too few letters: no answer


@functools.lru_cache(maxsize=1)
def _program() -> str:
    found = shutil.which("tesseract")
    if found is None:
        raise ToolMissing(
            "Es ist keine Texterkennung installiert. Abhilfe: apt install tesseract-ocr"
        )
    return found


def _ask(image: Image.Image, dpi: float, language: str, layout: int, *more: str) -> bytes:
    settings = ["-l", language, "--psm", str(layout), "--dpi", str(int(dpi)), *more]
    return _run(["--tessdata-dir", str(tessdata()), "stdin", "stdout", *settings], _pnm(image))


def _run(arguments: list[str], given: bytes) -> bytes:
    with subprocess.Popen(
        [_program(), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (SECONDS, SECONDS))
        said, _ = process.communicate(given)
    if process.returncode < 0:  # as a crash in the process would: it costs this page
        raise RuntimeError(f"tesseract was ended by signal {-process.returncode}")
    return said


def _pnm(image: Image.Image) -> bytes:
    if image.mode == "1":  # PBM says 1 for black
        black = image.point(lambda value: 255 - value)
        return b"P4 %d %d\n" % image.size + black.tobytes()
    grey = image if image.mode == "L" else image.convert("L")
    return b"P5 %d %d 255\n" % grey.size + grey.tobytes()


def _rows(hocr: bytes) -> list[Row]:
    out: list[Row] = []
    for paragraph in _of_class(ElementTree.fromstring(hocr), {"ocr_par"}):
        begins = True
        for line in _of_class(paragraph, LINES):
            words = tuple(filter(None, map(_word, _of_class(line, {"ocrx_word"}))))
            if words:
                box = _box(line)
                out.append(Row(words, box, _baseline(line, box), begins))
                begins = False
    return out


def _of_class(element: ElementTree.Element, names: set[str]) -> list[ElementTree.Element]:
    return [one for one in element.iter() if one.get("class") in names]


def _word(element: ElementTree.Element) -> Glyphs | None:
    text = "".join(element.itertext()).strip()
    [confidence] = _numbers(element, "x_wconf", 1)
    return Glyphs(text, confidence, _box(element)) if text else None


def _box(element: ElementTree.Element) -> Pixels:
    x0, y0, x1, y1 = _numbers(element, "bbox", 4)
    return x0, y0, x1, y1


def _baseline(line: ElementTree.Element, box: Pixels) -> Pixels:
    """hOCR: slope and height above the box's lower left corner."""
    slope, offset = _numbers(line, "baseline", 2)
    y0 = box[3] + offset
    return box[0], y0, box[2], y0 + slope * (box[2] - box[0])


def _numbers(element: ElementTree.Element, name: str, count: int) -> list[float]:
    title = element.get("title", "")
    found = re.search(rf"\b{name}((?: -?[\d.]+)+)", title)
    numbers = [float(value) for value in found[1].split()] if found else []
    return (numbers + count * [0.0])[:count]
