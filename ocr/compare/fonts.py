"""The standard fonts for poppler: those that pdfium has of its own.

What a page with fonts looks like that its file does not bring (ISO 32000-1, 9.6.2.2) would depend on
what is installed on the machine. Both drawers get the same fonts instead; all else they do apart.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.sax.saxutils import escape

from ocr.pdf.standard_fonts import FACES, FAMILIES, NAMES, programs

SETTINGS = "fonts.conf"
SYSTEM = "/etc/fonts/fonts.conf"
REGULAR, BOLD = 80, 200  #: fontconfig's weights
UPRIGHT, SLANTED = 0, 110


@contextmanager
def standard_fonts() -> Iterator[Path]:
    """Settings for fontconfig that put these before the machine's fonts, for a while."""
    with tempfile.TemporaryDirectory(prefix=".fonts-") as name:
        folder = Path(name)
        for font, program in programs().items():
            (folder / f"{font}.otf").write_bytes(program.data)
        settings = folder / SETTINGS
        settings.write_text(_settings(folder), encoding="utf-8")
        yield settings


def _settings(folder: Path) -> str:
    told = "".join(_told(folder / f"{name}.otf", name) for name in NAMES)
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f'<include ignore_missing="yes">{SYSTEM}</include><dir>{escape(str(folder))}</dir>'
        f"<cachedir>{escape(str(folder / 'cache'))}</cachedir>{told}</fontconfig>"
    )


def _told(file: Path, name: str) -> str:
    """What a font is called; the programs have names of their own."""
    families = [name]
    for family, faces in FACES.items():
        if name in faces:
            others = [other for other, of in FAMILIES.items() if of == family and other != family]
            families = [family, *others, *(_spaced(other) for other in others)]
    edits = "".join(
        _edit("family", "append" if place else "assign", f"<string>{family}</string>")
        for place, family in enumerate(dict.fromkeys(families))
    )
    is_slanted = "Italic" in name or "Oblique" in name
    edits += _edit("weight", "assign", f"<int>{BOLD if 'Bold' in name else REGULAR}</int>")
    edits += _edit("slant", "assign", f"<int>{SLANTED if is_slanted else UPRIGHT}</int>")
    test = f'<test name="file"><string>{escape(str(file))}</string></test>'
    return f'<match target="scan">{test}{edits}</match>'


def _edit(what: str, mode: str, value: str) -> str:
    return f'<edit name="{what}" mode="{mode}">{value}</edit>'


def _spaced(name: str) -> str:
    """``TimesNewRoman`` as ``Times New Roman``."""
    return "".join(f" {sign}" if sign.isupper() and at else sign for at, sign in enumerate(name))
