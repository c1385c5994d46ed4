"""Image files as pages: one a frame, upright by their own orientation mark."""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Iterator
from pathlib import Path

import pi_heif
from PIL import Image, ImageFile, ImageOps

from config.errors import HoldReason, InputError
from ocr.geometry import SANE_DPI, reading_dpi, sheet_size
from ocr.transcript import Row
from ocr.views import Look, PageUnreadable

ORIENTATION = 0x0112
FORMATS = ("TIFF", "JPEG", "PNG", "GIF", "BMP", "DIB", "WEBP", "HEIF", "JPEG2000")
#: What Pillow raises on damaged pictures; more kinds than it documents.
DAMAGED = (
    OSError,
    ValueError,
    SyntaxError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    ZeroDivisionError,
)


@functools.lru_cache(maxsize=1)
def prepare_pillow() -> None:
    """Our own pixel limits apply (``ocr.preflight.Limits``), HEIC is read, in this child."""
    Image.MAX_IMAGE_PIXELS = None
    Image.init()
    pi_heif.register_heif_opener(thumbnails=False)


def open_image(path: Path) -> Image.Image:
    """The picture, not yet decoded; raises ``InputError`` UNREADABLE."""
    prepare_pillow()
    try:
        with quiet():
            return Image.open(path, formats=FORMATS)
    except DAMAGED as error:
        raise InputError(
            HoldReason.UNREADABLE,
            f"Das Bild lässt sich nicht öffnen ({type(error).__name__}). Bitte neu scannen.",
        ) from error


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Damaged tags are the file's own affair; what cannot be shown is said otherwise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _lenient() -> Iterator[None]:
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def load_frame(path: Path, number: int, *, luma: bool = False) -> tuple[Image.Image, bool]:
    """Frame ``number`` (1-based), decoded, and whether it is whole; raises ``PageUnreadable``.

    ``luma``: of a coloured JPEG the brightness alone, at half of the cost.
    """
    try:
        return _frame(path, number, luma), True
    except DAMAGED:
        with _lenient():
            try:
                return _frame(path, number, luma), False
            except DAMAGED as error:
                found = salvaged(path, number)
                if found is None:
                    raise PageUnreadable(f"{type(error).__name__}: {error}") from error
                return found, False


def head_of_frame(path: Path, number: int) -> tuple[Image.Image, bool]:
    """As ``load_frame``, but of a whole coloured JPEG no more than its head is decoded here.

    For writers that take the stored bytes; the picture decodes itself where its pixels are asked for.
    """
    image, whole = load_frame(path, number, luma=True)
    if not whole or image.format != "JPEG":
        return image, whole
    return open_image(path), True


def _frame(path: Path, number: int, luma: bool) -> Image.Image:
    with quiet(), open_image(path) as image:
        if number > 1:
            image.seek(number - 1)
        if luma and image.format == "JPEG" and image.mode == "RGB":
            image.draft("L", image.size)
        image.load()
    return image


def salvaged(path: Path, number: int) -> Image.Image | None:
    """What is left of a TIFF frame that was cut off; Pillow alone gives up on it."""
    from ocr.salvage import salvaged_frame

    try:
        with quiet(), open_image(path) as image:
            if image.format != "TIFF":
                return None
            image.seek(number - 1)
            return salvaged_frame(path, image)
    except (InputError, *DAMAGED):
        return None


def frame_count(image: Image.Image) -> int:
    """Frames that are pages: of TIFF and GIF; a broken chain of TIFF directories ends it."""
    if image.format not in ("TIFF", "GIF"):
        return 1  # further frames of other kinds are previews, depth maps or animation
    try:
        with quiet():
            return int(getattr(image, "n_frames", 1))
    except DAMAGED:
        return 1


def stated_dpi(image: Image.Image) -> tuple[float, float] | None:
    """Resolution that the file states, across and down; None where it states none."""
    dpi = image.info.get("dpi")
    try:
        x, y = (float(value) for value in dpi) if dpi else (0.0, 0.0)
    except DAMAGED:
        return None
    return (x, y) if all(SANE_DPI[0] <= value <= SANE_DPI[1] for value in (x, y)) else None


def upright(image: Image.Image) -> Image.Image:
    """As its orientation mark wants it shown; a broken mark is no mark."""
    try:
        with quiet():
            return ImageOps.exif_transpose(image)
    except DAMAGED:
        return image


def orientation_of(image: Image.Image) -> int:
    """The orientation mark, 1 (upright) to 8; a broken mark is no mark."""
    try:
        with quiet():
            mark = int(image.getexif().get(ORIENTATION, 1))
    except DAMAGED:
        return 1
    return mark if 1 <= mark <= 8 else 1


def on_white(image: Image.Image) -> Image.Image:
    """Without transparency: shown on white paper. 16-bit grey is kept as ``I;16``."""
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        whole = image.convert("RGBA")
        paper = Image.new("RGBA", whole.size, "white")
        paper.alpha_composite(whole)
        return paper.convert("L" if image.mode in ("LA", "La") else "RGB")
    return image


def to_grey(image: Image.Image) -> Image.Image:
    """Mode ``1`` stays, everything else becomes 8-bit grey as it is displayed."""
    flat = on_white(image)
    if flat.mode == "1":
        return flat
    if flat.mode.startswith("I;16"):
        return flat.convert("I").point(lambda value: value / 256).convert("L")
    if flat.mode in ("I", "F"):
        low, high = flat.getextrema()
        span = max(float(high) - float(low), 1e-9)  # type: ignore[arg-type]
        return flat.point(lambda value: value * (255 / span) - float(low) * 255 / span).convert("L")  # type: ignore[arg-type]
    return flat.convert("L")


class ImageSource:
    """An image file; a page a frame."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with open_image(path) as image:
            self.count = frame_count(image)

    def page(self, number: int) -> ImagePage:
        image, whole = load_frame(self._path, number, luma=True)
        return ImagePage(image, number, whole, self._path)


class ImagePage:
    """One frame; see ``ocr.source.PageView``."""

    def __init__(self, image: Image.Image, number: int, whole: bool, path: Path) -> None:
        self._path = path
        stated = stated_dpi(image)
        if stated is not None and orientation_of(image) >= 5:
            stated = stated[1], stated[0]
        self._image = upright(image)
        self._stated = stated
        self.number = number
        self.width, self.height = sheet_size(self._image.width, self._image.height, stated)
        self.whole = whole

    def own_rows(self) -> list[Row]:
        return []

    def comments(self) -> list[Row]:
        return []

    def grey(self) -> Look:
        image = to_grey(self._image)
        if self._stated is not None and abs(self._stated[0] / self._stated[1] - 1) > 0.05:
            image = square_pixels(image, *self._stated)  # fax: 204 x 98 dpi
        stated = max(self._stated) if self._stated else None
        dpi = reading_dpi(image.width, image.height, stated)
        return Look(image, dpi, (0.0, 0.0, self.width, self.height))

    def preview(self, dpi: float) -> Image.Image:
        return to_grey(self._image)

    def finest_dpi(self) -> float:
        return 72 * self._image.width / self.width

    def picture(self, width: int) -> Image.Image:
        flat = on_white(upright(load_frame(self._path, self.number)[0]))
        if flat.mode not in ("1", "L", "RGB"):
            flat = to_grey(flat) if flat.mode.startswith(("I", "F")) else flat.convert("RGB")
        grey = flat.convert("L") if flat.mode == "1" else flat
        height = max(1, round(width * self.height / self.width))
        return grey.resize((width, height), Image.Resampling.BOX, reducing_gap=2.0)


def square_pixels(image: Image.Image, x_dpi: float, y_dpi: float) -> Image.Image:
    """Stretched so that a pixel is as wide as high: letters of a coarse fax are squeezed else."""
    size = (
        (image.width, round(image.height * x_dpi / y_dpi))
        if x_dpi > y_dpi
        else (round(image.width * y_dpi / x_dpi), image.height)
    )
    return image.convert("L").resize(size, Image.Resampling.BICUBIC)
