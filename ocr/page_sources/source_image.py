"""Image files as pages: one a frame, upright by their own orientation mark."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from ocr.geometry import reading_dpi, sheet_size
from ocr.image_files.albums import load_frame, open_album
from ocr.image_files.flat import on_white, to_grey, to_screen
from ocr.image_files.frames import Frame
from ocr.image_files.pillow import DAMAGED, prepare_pillow
from ocr.page_view import Look
from ocr.transcript import Row

__all__ = [
    "DAMAGED",
    "ImagePage",
    "ImageSource",
    "load_frame",
    "on_white",
    "prepare_pillow",
    "to_grey",
]

SQUARE = 0.05  #: by which a pixel's form may differ from a square without hurting recognition


class ImageSource:
    """An image file; a page a frame."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.count = open_album(path).count

    def page(self, number: int) -> ImagePage:
        return ImagePage(load_frame(self._path, number, luma=True), self._path)


class ImagePage:
    """One frame; see ``ocr.page_view.PageView``."""

    def __init__(self, frame: Frame, path: Path) -> None:
        self._path = path
        self._image = frame.image
        self._resolution = frame.resolution
        self.number = frame.number
        self.width, self.height = page_size(frame)
        self.whole = frame.whole

    def own_rows(self) -> list[Row]:
        return []

    def comments(self) -> list[Row]:
        return []

    def grey(self) -> Look:
        image = self._square()
        dpi = self._resolution.dpi
        trusted = reading_dpi(image.width, image.height, max(dpi) if dpi else None)
        return Look(image, trusted, (0.0, 0.0, self.width, self.height))

    def preview(self, dpi: float) -> Image.Image:
        return self._square()

    def finest_dpi(self) -> float:
        return 72 * max(self._image.width / self.width, self._image.height / self.height)

    def picture(self, width: int) -> Image.Image:
        frame = load_frame(self._path, self.number)
        shown = to_screen(frame.image, frame.icc)
        height = max(1, round(width * self.height / self.width))
        return shown.resize((width, height), Image.Resampling.BOX, reducing_gap=2.0)

    def _square(self) -> Image.Image:
        grey = to_grey(self._image)
        proportion = self._resolution.proportion
        return grey if abs(proportion - 1) <= SQUARE else square_pixels(grey, proportion)


def page_size(frame: Frame) -> tuple[float, float]:
    """Points of the page that shows a frame."""
    resolution = frame.resolution
    return sheet_size(frame.image.width, frame.image.height, resolution.dpi, resolution.proportion)


def square_pixels(image: Image.Image, proportion: float) -> Image.Image:
    """Stretched so that a pixel is as wide as high: letters of a coarse fax are squeezed else."""
    size = (
        (image.width, round(image.height * proportion))
        if proportion > 1
        else (round(image.width / proportion), image.height)
    )
    return image.convert("L").resize(size, Image.Resampling.BICUBIC)
