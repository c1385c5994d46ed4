"""How we use Pillow: our formats, our limits, and what it raises on damaged pictures."""

from __future__ import annotations

import contextlib
import functools
import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import pi_heif
from PIL import Image, ImageFile

from config.errors import HoldReason, InputError

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "HEIF", "JPEG2000")
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
    """Our own pixel limits apply (``ocr.preflight.inspection.Limits``), HEIC is read, in this
    child."""
    Image.MAX_IMAGE_PIXELS = None
    Image.init()
    pi_heif.register_heif_opener(thumbnails=False)


def open_image(path: Path | io.BytesIO) -> Image.Image:
    """The picture, not yet decoded; raises ``InputError`` UNREADABLE."""
    prepare_pillow()
    try:
        with quiet():
            return Image.open(path, formats=FORMATS)
    except DAMAGED as error:
        raise unreadable() from error


def unreadable() -> InputError:
    return InputError(
        HoldReason.UNREADABLE,
        "Das Bild ist beschädigt und lässt sich nicht öffnen. Bitte neu scannen oder eine lesbare "
        "Datei nachreichen.",
    )


def not_displayable(what: str) -> InputError:
    """A sound picture that we could only guess at; ``what`` names it as a noun phrase."""
    return InputError(
        HoldReason.NOT_DISPLAYABLE,
        f"{what}: Das stellt dieses Programm nicht sicher dar. Bitte "
        "in PDF oder in TIFF mit 8 Bit (Graustufen oder RGB) umwandeln und "
        "nachreichen.",
    )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Damaged tags are the file's own affair; what cannot be shown is said otherwise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def lenient() -> Iterator[None]:
    """Within, Pillow gives what it could decode of a picture that ends too early."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
