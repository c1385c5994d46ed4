"""File marks (Aktenzeichen): how they are made from a unit's pattern, and compared.

Numbers count within a *series*: one unit, one year, and one circle of people who may see the files.
Files of another department or a narrower compartment than the unit's own count by themselves and
say so in the number (``63.1/personal-1/2026``). Within what somebody may see there is no gap, so no
mark tells of a file that is closed to them (docs/reference/file-plan.md).
"""

from __future__ import annotations

import re
import unicodedata

from archive.model import PlanUnit

PATTERN = "{code}/{number}/{year}"
_FIELD = re.compile(r"\{(code|number|year)(?::0([2-6]))?\}")
_BETWEEN = re.compile(r"[/ _.|-]{1,3}")
_DASHES = re.compile("[‐‑‒–—−]")
_AROUND = re.compile(r"\s*([/.\-_|])\s*")
LONGEST_CODE = 80


def problem(pattern: str) -> str | None:
    """What is wrong with a pattern, as a German clause; None where nothing is.

    It has ``{code}``, ``{number}`` and ``{year}`` once each (``{number:04}`` pads), with ``/ - _ .``,
    ``|`` or a blank between them, and letters before or after: marks are unique only so.
    """
    found = list(_FIELD.finditer(pattern))
    if sorted(field.group(1) for field in found) != ["code", "number", "year"]:
        return "{code}, {number} und {year} stehen je einmal im Muster"
    for before, after in zip(found, found[1:], strict=False):  # noqa: RUF007 - clearer so
        if not _BETWEEN.fullmatch(pattern[before.end() : after.start()]):
            return "zwischen {code}, {number} und {year} steht ein Trennzeichen (/ - _ . |)"
    edges = pattern[: found[0].start()] + pattern[found[-1].end() :]
    if not re.fullmatch(r"[A-Za-zÄÖÜäöü/ _.|-]*", edges) or len(pattern) > 80:
        return "davor und danach stehen nur Buchstaben und Trennzeichen, zusammen bis 80 Zeichen"
    return None


def render(pattern: str, *, code: str, number: int, year: int, series: str) -> str:
    """The mark; the series, where there is one, stands before the number."""

    def value(field: re.Match[str]) -> str:
        name, width = field.group(1), int(field.group(2) or 0)
        if name == "code":
            return code
        shown = f"{number if name == 'number' else year:0{width}d}"
        return f"{series}-{shown}" if name == "number" and series else shown

    return _FIELD.sub(value, pattern)


def series(unit: PlanUnit, department: str, compartment: str | None) -> str:
    """Who sees the file, where that is not simply who sees the unit's files; else empty."""
    parts = []
    if department != unit.department:
        parts.append(department)
    if compartment is not None and compartment != unit.compartment:
        parts.append(compartment)
    return "-".join(parts)


def plain(mark: str) -> str:
    """The mark as it is compared: upper case, one kind of dash, no blanks around separators."""
    text = _DASHES.sub("-", unicodedata.normalize("NFKC", mark))
    return _AROUND.sub(r"\1", " ".join(text.split())).upper()


def compact(mark: str) -> str:
    """Letters and digits alone, upper case: equal for all ways to write a mark."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", mark).upper())[:200]
