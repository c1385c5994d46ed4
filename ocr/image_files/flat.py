"""Pictures as paper shows them: opaque, in black and white, grey or RGB."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageFilter

ALPHA_MODES = ("RGBA", "LA", "PA", "La", "RGBa")
CLEAR, SOLID = 8, 250  #: alpha below and above which a pixel is taken for gone or for opaque
NEARLY_WHITE, DARK = 230, 128
SOME = 0.0005  #: of all pixels; fewer are the edges of letters


@unique
class Transparency(StrEnum):
    """What alpha does to a picture."""

    NONE = "none"
    SHOWN = "shown"  #: white paper shines through
    HIDES = "hides"  #: something is drawn that nobody sees on white paper


@dataclass(frozen=True, slots=True)
class Flat:
    """An opaque picture of mode ``1``, ``L``, ``I;16``, ``P`` or ``RGB``."""

    image: Image.Image
    transparency: Transparency = Transparency.NONE
    icc: bytes | None = None  #: profile that its values are meant in; None: sRGB, grey
    converted: str | None = None  #: what was converted to get here, German, for the finding


def flattened(image: Image.Image) -> Flat:
    """A decoded picture as paper shows it; raises ValueError for colours we do not know."""
    icc = image.info.get("icc_profile")
    icc = icc if isinstance(icc, bytes) else None
    if image.mode in ALPHA_MODES or "transparency" in image.info:
        verdict = transparency_of(image)
        opaque = on_white(image)
        return Flat(opaque, verdict, icc)
    if image.mode == "CMYK":
        return _from_cmyk(image, icc)
    if image.mode in ("I;16B", "I;16L", "I;16N", "I"):
        values = np.asarray(image).astype(np.uint16)
        return Flat(Image.fromarray(values), icc=icc)
    if image.mode in ("1", "L", "I;16", "RGB"):
        return Flat(image, icc=icc)
    if image.mode == "P":
        return Flat(_two_colours(image), icc=icc)
    if image.mode in ("YCbCr", "RGBX"):
        return Flat(image.convert("RGB"), icc=icc)
    raise ValueError(f"a picture of mode {image.mode}")


def on_white(image: Image.Image) -> Image.Image:
    """Without transparency: shown on white paper. Opaque pictures stay as they are."""
    if image.mode == "I;16" and "transparency" in image.info:
        values = np.asarray(image).copy()
        values[values == image.info["transparency"]] = 65535
        return Image.fromarray(values)
    if image.mode in ALPHA_MODES or "transparency" in image.info:
        whole = _with_alpha(image)
        paper = Image.new("RGBA", whole.size, "white")
        paper.alpha_composite(whole)
        return paper.convert("L" if image.mode in ("LA", "La") else "RGB")
    return image


def transparency_of(image: Image.Image) -> Transparency:
    """Whether something that is drawn cannot be seen on white paper."""
    if image.mode == "I;16":
        drawn = bool((np.asarray(image) == image.info["transparency"]).any())
        return Transparency.SHOWN if drawn else Transparency.NONE
    shown = _with_alpha(image)
    if shown.getchannel("A").getextrema()[0] >= SOLID:  # type: ignore[operator]
        return Transparency.NONE
    whole = np.asarray(shown)
    alpha = whole[:, :, 3]
    clear, solid = alpha < CLEAR, alpha >= CLEAR
    least = max(1.0, SOME * alpha.size)
    if (alpha < SOLID).sum() < least:
        return Transparency.NONE
    grey = whole[:, :, :3].astype(np.uint16).sum(axis=2) // 3
    under = grey[clear]
    if under.size and _differs(under, least):
        return Transparency.HIDES
    near_ink = Image.fromarray(solid & (grey < DARK)).convert("L").filter(ImageFilter.MaxFilter(7))
    white = int((solid & (grey > NEARLY_WHITE) & (np.asarray(near_ink) == 0)).sum())
    if white >= least and clear.sum() > white:  # white letters on nothing, no edges of dark ones
        return Transparency.HIDES
    return Transparency.SHOWN


def _differs(values: np.ndarray[Any, Any], least: float) -> bool:
    """More than one colour lies there, by more than a few pixels."""
    usual = np.bincount(values).argmax()
    return bool((np.abs(values.astype(np.int32) - int(usual)) > 32).sum() >= least)


def _with_alpha(image: Image.Image) -> Image.Image:
    if image.mode == "La":
        return image.convert("LA").convert("RGBA")
    return image.convert("RGBA")


def _two_colours(image: Image.Image) -> Image.Image:
    """A palette of pure black and white is a picture of black and white."""
    used = image.getcolors(2)
    palette = image.getpalette() or []
    colours = {tuple(palette[3 * int(at) : 3 * int(at) + 3]) for _, at in used or ()}  # type: ignore[arg-type]
    if used is None or colours - {(0, 0, 0), (255, 255, 255)}:
        return image
    return image.convert("L").point(lambda value: value, "1")


def _from_cmyk(image: Image.Image, icc: bytes | None) -> Flat:
    if icc is not None:
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            return Flat(_to_srgb(image, icc), converted="Druckfarben (CMYK) mit Farbprofil")
    return Flat(image.convert("RGB"), converted="Druckfarben (CMYK) ohne Farbprofil")


def _to_srgb(image: Image.Image, icc: bytes) -> Image.Image:
    own = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    shown = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
    assert shown is not None
    return shown


def to_grey(image: Image.Image) -> Image.Image:
    """Of an opaque picture; mode ``1`` stays, everything else becomes 8-bit grey."""
    if image.mode in ("1", "L"):
        return image
    if image.mode == "I;16":
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    return image.convert("L")


def to_screen(image: Image.Image, icc: bytes | None) -> Image.Image:
    """Of an opaque picture; ``L`` or ``RGB`` as a screen shows it (grey, sRGB)."""
    if image.mode in ("1", "L", "I;16"):
        return to_grey(image).convert("L")
    shown = image.convert("RGB")
    if icc is not None and icc[16:20] == b"RGB ":
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            return _to_srgb(shown, icc)
    return shown
