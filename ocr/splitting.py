"""Taking a file apart, and opening one with its password; nothing is encoded anew where possible.

Only for isolated children.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pikepdf
from PIL import Image

from config.errors import HoldReason, InputError, UsageError
from ocr.kinds import FileKind, kind_of
from ocr.opening import open_pdf
from ocr.source_image import DAMAGED, frame_count, open_image

PageRange = tuple[int, int]


def decrypt(path: Path, password: str, out: Path) -> None:
    """Write the file without encryption; raises ``InputError`` ENCRYPTED when the password is wrong."""
    try:
        with pikepdf.open(path, password=password) as pdf:
            pdf.save(out, encryption=False)
    except pikepdf.PasswordError as error:
        raise InputError(
            HoldReason.ENCRYPTED, "Das Passwort öffnet die PDF-Datei nicht."
        ) from error
    except pikepdf.PdfError as error:
        raise InputError(
            HoldReason.UNREADABLE, "Die PDF-Datei ist beschädigt und lässt sich nicht öffnen."
        ) from error


def split(path: Path, ranges: Sequence[PageRange], out_dir: Path) -> tuple[Path, ...]:
    """One file a page range (1-based, both included), named ``part-001.pdf`` and so on.

    Raises:
        UsageError: a range lies outside the file.
        InputError: UNREADABLE.
    """
    if kind_of(path) is FileKind.PDF:
        return _split_pdf(path, ranges, out_dir)
    return _split_image(path, ranges, out_dir)


def _check(ranges: Sequence[PageRange], count: int) -> None:
    for first, last in ranges:
        if not 1 <= first <= last <= count:
            raise UsageError(f"Seiten {first} bis {last} gibt es nicht; die Datei hat {count}.")


def _split_pdf(path: Path, ranges: Sequence[PageRange], out_dir: Path) -> tuple[Path, ...]:
    made: list[Path] = []
    try:
        with open_pdf(path) as pdf:
            _check(ranges, len(pdf.pages))
            for number, (first, last) in enumerate(ranges, 1):
                out = out_dir / f"part-{number:03}.pdf"
                with pikepdf.new() as part:
                    part.pages.extend(pdf.pages[first - 1 : last])
                    part.save(out)
                made.append(out)
    except pikepdf.PdfError as error:
        raise InputError(
            HoldReason.UNREADABLE, "Die PDF-Datei ist beschädigt und lässt sich nicht teilen."
        ) from error
    return tuple(made)


def _split_image(path: Path, ranges: Sequence[PageRange], out_dir: Path) -> tuple[Path, ...]:
    with open_image(path) as image:
        return _split_frames(path, image, ranges, out_dir)


def _split_frames(
    path: Path, image: Image.Image, ranges: Sequence[PageRange], out_dir: Path
) -> tuple[Path, ...]:
    count = frame_count(image)
    _check(ranges, count)
    made: list[Path] = []
    for number, (first, last) in enumerate(ranges, 1):
        out = out_dir / f"part-{number:03}{path.suffix.lower() or '.tif'}"
        if count == 1:
            shutil.copyfile(path, out)
        else:
            out = out.with_suffix(".tif")
            _write_frames(image, first, last, out)
        made.append(out)
    return tuple(made)


def _write_frames(image: Image.Image, first: int, last: int, out: Path) -> None:
    """Frames without loss: bilevel as G4, the rest LZW."""
    frames = []
    try:
        for number in range(first, last + 1):
            image.seek(number - 1)
            frames.append(image.copy())
    except DAMAGED as error:
        raise InputError(
            HoldReason.UNREADABLE, "Das Bild ist beschädigt und lässt sich nicht teilen."
        ) from error
    for number, frame in enumerate(frames):
        dpi = frame.info.get("dpi", (300, 300))
        frame.info.clear()
        frame.info["dpi"] = dpi
        frame.encoderinfo = {"compression": "group4" if frame.mode == "1" else "tiff_lzw"}
        del number
    frames[0].save(
        out,
        "TIFF",
        save_all=True,
        append_images=frames[1:],
        dpi=frames[0].info["dpi"],
        compression="group4" if frames[0].mode == "1" else "tiff_lzw",
    )
