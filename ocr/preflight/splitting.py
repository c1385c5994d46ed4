"""Taking a file apart, and opening one with its password; nothing is encoded anew where possible.

Only for isolated children.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import pikepdf
from PIL import TiffImagePlugin

from config.errors import HoldReason, InputError, UsageError
from ocr.accepted_kinds import FileKind, kind_of
from ocr.image_files.albums import load_frame, open_album
from ocr.image_files.frames import Frame
from ocr.image_files.pillow import DAMAGED
from ocr.page_view import PageUnreadable
from ocr.pdf.opening import open_pdf

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
    count = open_album(path).count
    _check(ranges, count)
    made: list[Path] = []
    for number, (first, last) in enumerate(ranges, 1):
        out = out_dir / f"part-{number:03}{path.suffix.lower() or '.tif'}"
        if count == 1:
            shutil.copyfile(path, out)
        else:
            out = out.with_suffix(".tif")
            _write_frames(path, first, last, out)
        made.append(out)
    return tuple(made)


def _write_frames(path: Path, first: int, last: int, out: Path) -> None:
    """Frames without loss, each with its own resolution: bilevel as G4, the rest LZW."""
    try:
        with TiffImagePlugin.AppendingTiffWriter(out, new=True) as file:
            for number in range(first, last + 1):
                _write_frame(load_frame(path, number), file)
                file.newFrame()
    except (PageUnreadable, *DAMAGED) as error:
        raise InputError(
            HoldReason.UNREADABLE, "Das Bild ist beschädigt und lässt sich nicht teilen."
        ) from error


def _write_frame(frame: Frame, file: IO[bytes]) -> None:
    how: dict[str, Any] = {"compression": "group4" if frame.image.mode == "1" else "tiff_lzw"}
    if frame.resolution.dpi:
        how["dpi"] = frame.resolution.dpi
    if frame.icc:
        how["icc_profile"] = frame.icc
    image = frame.image.copy()
    image.info.clear()
    image.save(file, "TIFF", **how)
