"""The programs that draw pages for comparison: pdfium in the process, poppler beside it.

Both draw what a screen shows: annotations with appearance, form values, layers in their default
state. They open the file as it lies there; nothing of ours mends it first. Only for isolated
children.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
import re
import resource
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Protocol

import numpy as np
import pikepdf
import pypdfium2 as pdfium
from pypdfium2 import raw

from ocr.compare.differences import Picture
from ocr.compare.orders import DPI, MOST_PIXELS
from ocr.pdf.page_tree import unit_of

PDFIUM, POPPLER = "pdfium", "poppler"
REMEDY = "apt install poppler-utils"
CPU_SECONDS = 30  #: of one poppler process, and 3 more for each page
LARGEST_PAGE = 200_000.0  #: points of a side beyond which nobody draws


class NotDrawn(Exception):
    """This drawer cannot draw this page or file; the text is German. Never leaves the child."""


class Drawer(Protocol):
    """Draws the pages of one PDF file."""

    name: str

    def count(self) -> int:
        """Pages of the file; raises ``NotDrawn``."""

    def draw(self, numbers: range, dpi: float) -> Iterator[Picture | NotDrawn]:
        """These pages (from 1) one after another; in place of one that cannot be drawn, why."""


def coarser(width: float, height: float, dpi: float = DPI) -> float:
    """The resolution for a page of so many points: ``dpi``, or as fine as the limits allow."""
    pixels = width * height * (dpi / 72) ** 2
    return dpi * min(1.0, math.sqrt(MOST_PIXELS / max(pixels, 1.0)))


class Pdfium:
    """Chromium's drawer."""

    name = PDFIUM

    def __init__(self, path: Path) -> None:
        """Opens the file; raises ``NotDrawn``."""
        try:
            self._document = pdfium.PdfDocument(path)
            self._document.init_forms()
        except pdfium.PdfiumError as error:
            raise NotDrawn("pdfium öffnet die Datei nicht") from error

    def count(self) -> int:
        return len(self._document)

    def size(self, number: int) -> tuple[float, float]:
        """Displayed width and height in points; raises ``NotDrawn``."""
        try:
            width, height = self._document.get_page_size(number - 1)
        except pdfium.PdfiumError as error:
            raise NotDrawn("pdfium findet die Seite nicht") from error
        if not (0 < width < LARGEST_PAGE and 0 < height < LARGEST_PAGE):
            raise NotDrawn(f"pdfium nennt die Seitengröße {width:g} x {height:g} pt")
        return float(width), float(height)

    def draw(self, numbers: range, dpi: float) -> Iterator[Picture | NotDrawn]:
        for number in numbers:
            yield self._drawn(number, dpi)

    def _drawn(self, number: int, dpi: float) -> Picture | NotDrawn:
        try:
            page = self._document[number - 1]
            # With a fourth channel, or pdfium smooths the letters of fields for a screen's colours
            # and those of the page in grey; the copy has both in its page.
            bitmap = page.render(
                scale=dpi / 72, rev_byteorder=True, force_bitmap_format=raw.FPDFBitmap_BGRA
            )
            picture: Picture = bitmap.to_numpy()[:, :, :3].copy()
            bitmap.close()
            page.close()
            return picture
        except (pdfium.PdfiumError, ValueError, OSError):
            return NotDrawn("pdfium zeichnet die Seite nicht")

    def picture_dpi(self, number: int) -> float:
        """Of the picture that a page is of, in pixels for 72 units; 0 where it has none."""
        try:
            found = [
                72 * item.get_px_size()[0] / max(1e-3, abs(item.get_matrix().a))
                for item in self._document[number - 1].get_objects([raw.FPDF_PAGEOBJ_IMAGE])
            ]
        except (pdfium.PdfiumError, IndexError):
            return 0.0
        return max(found, default=0.0)

    def close(self) -> None:
        self._document.close()


class Poppler:
    """The drawer of most Linux desktops, as its program ``pdftoppm`` under limits of its own."""

    name = POPPLER

    def __init__(self, path: Path, fonts: Path | None = None) -> None:
        """``fonts``: the settings of ``ocr.compare.fonts``.

        Raises:
            NotDrawn: the program is not installed.
        """
        found = shutil.which("pdftoppm"), shutil.which("pdfinfo")
        if found[0] is None or found[1] is None:
            raise NotDrawn(f"poppler fehlt (Abhilfe: {REMEDY})")
        self._draws, self._tells = found[0], found[1]
        self._path = path.absolute()
        self._variables = {**os.environ, **({"FONTCONFIG_FILE": str(fonts)} if fonts else {})}

    def count(self) -> int:
        with _started([self._tells, str(self._path)], CPU_SECONDS, self._variables) as output:
            said = output.read(1 << 16)
        counted = re.search(rb"^Pages:\s+(\d+)", said, re.MULTILINE)
        if counted is None:
            raise NotDrawn("poppler öffnet die Datei nicht")
        return int(counted[1])

    def draw(self, numbers: range, dpi: float) -> Iterator[Picture | NotDrawn]:
        """One process for all of them; where it leaves one out, one process each."""
        pictures = self._process(numbers, dpi)
        if len(pictures) == len(numbers):
            yield from pictures
        elif len(numbers) == 1:
            yield NotDrawn("poppler zeichnet die Seite nicht")
        else:
            for number in numbers:
                yield from self.draw(range(number, number + 1), dpi)

    def _process(self, numbers: range, dpi: float) -> list[Picture]:
        command = [self._draws, "-q", "-cropbox", "-r", f"{dpi:.4f}"]
        command += ["-f", str(numbers[0]), "-l", str(numbers[-1]), str(self._path)]
        with _started(command, CPU_SECONDS + 3 * len(numbers), self._variables) as output:
            return list(_pictures(output))


@contextlib.contextmanager
def _started(command: list[str], seconds: int, variables: Mapping[str, str]) -> Iterator[IO[bytes]]:
    """The output of a program that may use so much computing time; it is ended afterwards."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=variables,
    )
    assert process.stdout is not None
    try:
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (seconds, seconds))
        yield process.stdout
    finally:
        process.stdout.close()
        process.kill()
        process.wait()


def _pictures(stream: IO[bytes]) -> Iterator[Picture]:
    while (picture := _ppm(stream)) is not None:
        yield picture


def _ppm(stream: IO[bytes]) -> Picture | None:
    """The next picture of a stream of binary PPM (P6); None at its end or where it breaks off."""
    head = stream.readline(), stream.readline(), stream.readline()
    if head[0] != b"P6\n":
        return None
    try:
        width, height = map(int, head[1].split())
    except ValueError:
        return None
    if not 0 < width * height <= 2 * MOST_PIXELS:
        return None
    data = stream.read(3 * width * height)
    if len(data) < 3 * width * height:
        return None
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)


def units(path: Path) -> dict[int, float]:
    """Points of a unit of user space, for pages (from 1) where it is another than 1.

    Neither drawer works UserUnit in (ISO 32000-1, table 30); a file that cannot be opened has none.
    """
    found: dict[int, float] = {}
    with (
        contextlib.suppress(pikepdf.PdfError, pikepdf.PasswordError, RuntimeError, ValueError),
        pikepdf.open(path) as pdf,
    ):
        for number, page in enumerate(pdf.pages, 1):
            unit = unit_of(page.obj)
            if unit != 1:
                found[number] = unit
    return found


@functools.cache
def versions() -> tuple[str, ...]:
    """The drawers that are here, with their versions."""
    found = [f"{PDFIUM} {pdfium.PDFIUM_INFO.version}"]
    program = shutil.which("pdftoppm")
    if program is not None:
        said = subprocess.run(
            [program, "-v"], capture_output=True, text=True, timeout=60, check=False
        )
        number = re.search(r"version (\S+)", said.stderr)
        found.append(f"{POPPLER} {number[1] if number else '?'}")
    return tuple(found)


def is_plain(picture: Picture) -> bool:
    """One shade all over: an empty sheet, or a page that was not drawn."""
    return bool(picture.min() == picture.max())
