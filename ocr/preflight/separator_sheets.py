"""Separator sheets: where a stack is to be cut.

A page is a separator sheet when it carries a barcode whose value is exactly, or begins with, a
configured word (default ``TRENNBLATT``), or the patch code T (``PATCHT``) as scanners print it in
Code 39. Every other barcode, on letters for instance, never cuts anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import zxingcpp

from config.isolation import Workshop
from ocr.children import PAGE_COUNT, SEPARATOR_CODES
from ocr.findings import Found, Severity
from ocr.page_sources.source import open_source
from ocr.page_view import PageUnreadable

READ_DPI = 200.0
PATCH_T = "PATCHT"
PREFIXES = ("TRENNBLATT",)
SECONDS_A_PAGE, LEAST_SECONDS = 5.0, 60.0
PAGES_A_CALL = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Separator:
    """A separator sheet: 1-based page, symbology as the decoder names it, the code's value."""

    page: int
    symbology: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Barcodes:
    """What was found: sheets that cut, and findings on all other codes."""

    separators: tuple[Separator, ...]
    findings: tuple[Found, ...]


def separators(
    path: Path,
    workshop: Workshop,
    *,
    subject: str = "",
    pages: int | None = None,
    prefixes: tuple[str, ...] = PREFIXES,
    patch_t: bool = True,
    priority: int = 1,
) -> tuple[Separator, ...]:
    """The separator sheets of a file, in page order; see ``barcodes``."""
    found = barcodes(
        path,
        workshop,
        subject=subject,
        pages=pages,
        prefixes=prefixes,
        patch_t=patch_t,
        priority=priority,
    )
    return found.separators


def barcodes(
    path: Path,
    workshop: Workshop,
    *,
    subject: str = "",
    pages: int | None = None,
    prefixes: tuple[str, ...] = PREFIXES,
    patch_t: bool = True,
    priority: int = 1,
) -> Barcodes:
    """Separator sheets and all other codes on the pages of a file.

    Raises:
        InputError: nothing of the file can be shown.
        ChildDeath: a child died over it.
    """
    subject = subject or path.name
    if pages is None:
        pages = workshop.run(
            PAGE_COUNT(path),
            seconds=LEAST_SECONDS,
            subject=subject,
            priority=priority,
        )
    cuts: list[Separator] = []
    others: list[Found] = []
    for first in range(1, pages + 1, PAGES_A_CALL):
        last = min(pages, first + PAGES_A_CALL - 1)
        codes = workshop.run(
            SEPARATOR_CODES(path, first, last),
            seconds=LEAST_SECONDS + SECONDS_A_PAGE * (last - first + 1),
            subject=subject,
            priority=priority,
        )
        for page, symbology, value in codes:
            if is_separator(symbology, value, prefixes, patch_t):
                cuts.append(Separator(page=page, symbology=symbology, value=value))
            else:
                others.append(_ordinary(page, symbology, value))
    once = {cut.page: cut for cut in reversed(cuts)}
    return Barcodes(separators=tuple(once[page] for page in sorted(once)), findings=tuple(others))


def is_separator(symbology: str, value: str, prefixes: tuple[str, ...], patch_t: bool) -> bool:
    """The rule: a configured word, alone or followed by something that is no letter or digit."""
    shown = value.strip().upper()
    if patch_t and symbology == "Code 39" and shown == PATCH_T:
        return True
    for prefix in prefixes:
        rest = shown.removeprefix(prefix.upper())
        if rest != shown and (not rest or not rest[0].isalpha()):
            return True
    return False


def _ordinary(page: int, symbology: str, value: str) -> Found:
    return Found(
        code="barcode",
        text=f"Barcode auf Seite {page} ({symbology}).",
        severity=Severity.INFO,
        page=page,
        detail={"symbology": symbology, "value": value[:200]},
    )


def codes(path: Path, first: int, last: int) -> list[tuple[int, str, str]]:
    """Page, symbology and value of every barcode on these pages; runs in a child."""
    source = open_source(path)
    found: list[tuple[int, str, str]] = []
    for number in range(first, last + 1):
        try:
            image = source.page(number).preview(READ_DPI).convert("L")
        except PageUnreadable:
            continue
        for code in zxingcpp.read_barcodes(image):
            value = "".join(char for char in code.text if char.isprintable())
            found.append((number, _symbology(code), value))
    return found


def _symbology(code: zxingcpp.Barcode) -> str:
    return str(code.format)
