"""The pages of picture files as viewers show them, read by code of its own.

What the writer does with pictures (``ocr.page_sources.source_image``, ``ocr.pdfa.image_objects``)
is what is to be checked, hence none of it is used here. Pillow decodes; what Pillow leaves as
stored (16-bit values, their photometric interpretation, orientation marks, transparency, colour
profiles) is applied here.
"""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pi_heif
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageFile, ImageOps

from ocr.compare.differences import Picture
from ocr.compare.drawers import NotDrawn

PILLOW = "Pillow"
FORMATS = ("TIFF", "JPEG", "PNG", "GIF", "BMP", "DIB", "WEBP", "HEIF", "JPEG2000")
NEW_SUBFILE_TYPE, REDUCED, MASK = 254, 1, 4
ORIENTATION, PHOTOMETRIC = 274, 262  #: tags of TIFF and EXIF
LYING = (5, 6, 7, 8)  #: orientations that turn by a right angle
WHITE_IS_ZERO = 0
JPEG = b"\xff\xd8\xff"
FRAME = re.compile(rb"\xff[\xc0-\xc2]..\x08(..)..[\x01-\x04]", re.DOTALL)
LATE_HEIGHT = re.compile(rb"\xff\xdc\x00\x04(..)\xff\xd9", re.DOTALL)
LATE = 100_000  #: bytes at the end in which it is looked for
POSSIBLE_DPI = (25.0, 4800.0)
#: What Pillow raises on damaged pictures.
DAMAGED = (
    *(OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, EOFError),
    ZeroDivisionError,
    ImageCms.PyCMSError,
)


class PictureFile:
    """A picture file; a page a frame."""

    name = PILLOW

    def __init__(self, path: Path) -> None:
        """Raises ``NotDrawn`` where the file is no picture."""
        Image.MAX_IMAGE_PIXELS = None  # limits were kept on arrival (``ocr.preflight.inspection``)
        pi_heif.register_heif_opener(thumbnails=False)
        self._path = path
        self._frames: list[int] | None = None
        with self._opened(1):
            pass

    def count(self) -> int | None:
        """Pages of a TIFF; None for kinds whose further pictures may be an animation's."""
        with self._opened(1) as image:
            return len(self._pages(image)) if image.format == "TIFF" else None

    def shape(self, number: int) -> tuple[float, float]:
        """Displayed width by height, and pixels of the longer side.

        Pixels that are not square are stretched by their dpi.

        Raises:
            NotDrawn: the frame cannot be read.
        """
        with self._opened(number) as image:
            x, y = _resolution(image)
            longest = float(max(image.size))
            if image.format == "TIFF":  # Pillow gives its size as displayed, its dpi as stored
                if image.tag_v2.get(ORIENTATION, 1) in LYING:  # type: ignore[attr-defined]
                    x, y = y, x
                return image.width / x * y / image.height, longest
            wide, high = image.width / x, image.height / y
            lying = image.getexif().get(ORIENTATION, 1) in LYING
            return (high / wide if lying else wide / high), longest

    def draw(self, number: int, size: tuple[int, int]) -> Picture:
        """Frame ``number`` (from 1), so many pixels wide and high; raises ``NotDrawn``."""
        try:
            with self._opened(number) as image:
                shown = _displayed(image, size)
        except DAMAGED as error:
            raise NotDrawn("Pillow liest das Bild nicht") from error
        smaller = shown.resize(size, Image.Resampling.BOX, reducing_gap=3.0)
        return np.asarray(smaller.convert("RGB"))

    @contextlib.contextmanager
    def _opened(self, number: int) -> Iterator[Image.Image]:
        lenient = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = True  # that it is damaged is told elsewhere
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                # By an open file: Pillow maps named TIFFs into memory by their displayed size, which
                # is wrong for stored ones that lie on their side.
                with (
                    self._path.open("rb") as file,
                    Image.open(_with_late_height(file) or file, formats=FORMATS) as image,
                ):
                    if image.format == "TIFF":
                        image.seek(self._pages(image)[number - 1])
                    elif number > 1:
                        image.seek(number - 1)
                    yield image
        except DAMAGED as error:
            raise NotDrawn("Pillow liest das Bild nicht") from error
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = lenient

    def _pages(self, image: Image.Image) -> list[int]:
        """Frames of a TIFF that are pages: no previews, no masks (TIFF 6.0, NewSubfileType)."""
        if self._frames is None:
            found = []
            for frame in range(getattr(image, "n_frames", 1)):
                image.seek(frame)
                kind = image.tag_v2.get(NEW_SUBFILE_TYPE, 0)  # type: ignore[attr-defined]
                if not (isinstance(kind, int) and kind & (REDUCED | MASK)):
                    found.append(frame)
            self._frames = found or [0]
        return self._frames


def _with_late_height(file: IO[bytes]) -> io.BytesIO | None:
    """A JPEG with the height that stands behind its scan (DNL) in its frame; None for all others."""
    head = file.read(3)
    file.seek(0)
    if head != JPEG:
        return None
    data = file.read()
    file.seek(0)
    late, frame = LATE_HEIGHT.search(data[-LATE:]), FRAME.search(data)
    if late is None or frame is None:
        return None
    return io.BytesIO(data[: frame.start(1)] + late[1] + data[frame.end(1) :])


def _resolution(image: Image.Image) -> tuple[float, float]:
    """Across and down, as stored; equal where the file states nothing that can be."""
    try:
        x, y = (float(value) for value in image.info.get("dpi", (1, 1)))
    except (TypeError, ValueError):
        return 1.0, 1.0
    possible = POSSIBLE_DPI[0] <= min(x, y) and max(x, y) <= POSSIBLE_DPI[1]
    return (x, y) if possible and 0.25 <= x / y <= 4 else (1.0, 1.0)


def _displayed(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Upright, on white paper: RGB in sRGB, or grey, which is a third of the work."""
    white_is_zero = getattr(image, "tag_v2", {}).get(PHOTOMETRIC) == WHITE_IS_ZERO
    if image.format == "JPEG" and image.mode in ("L", "RGB"):
        image.draft(image.mode, (2 * max(size), 2 * max(size)))
    image.load()
    profile = image.info.get("icc_profile")
    upright = image if image.format == "TIFF" else ImageOps.exif_transpose(image)
    if upright.mode.startswith("I") or upright.mode == "F":
        return _from_deep(upright, white_is_zero)
    flat = _on_white(_with_used_alpha(upright, image.format))
    if profile and flat.mode in ("RGB", "L", "CMYK"):
        flat = _in_srgb(flat, profile)
    return flat.convert("L" if flat.mode in ("1", "L") else "RGB")


def _from_deep(image: Image.Image, white_is_zero: bool) -> Image.Image:
    """16-bit values by their upper byte; 32-bit and floating values over the range they use."""
    values: NDArray[np.float64] = np.asarray(image).astype(np.float64)
    if image.mode.startswith("I;16"):
        values /= 257
    else:
        low, high = float(values.min()), float(values.max())
        values = (values - low) * (255 / max(high - low, 1e-9))
    grey = Image.fromarray(values.clip(0, 255).astype(np.uint8), "L")
    return (ImageOps.invert(grey) if white_is_zero else grey).convert("RGB")


def _with_used_alpha(image: Image.Image, kind: str | None) -> Image.Image:
    """A bitmap's fourth byte that nobody filled is no transparency."""
    if kind not in ("BMP", "DIB") or image.mode != "RGBA":
        return image
    return image if np.asarray(image.getchannel("A")).any() else image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode not in ("RGBA", "LA", "PA", "La", "RGBa") and "transparency" not in image.info:
        return image
    whole = image.convert("RGBA")
    paper = Image.new("RGBA", whole.size, "white")
    paper.alpha_composite(whole)
    return paper.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """By the picture's own profile; one that cannot be used changes nothing, as in viewers."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip() != {"L": "GRAY"}.get(image.mode, image.mode):
            return image
        srgb = ImageCms.createProfile("sRGB")
        found = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return found or image
