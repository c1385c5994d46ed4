"""The file plan as a table that people write (docs/reference/file-plan.md), read into units.

An empty cell takes the value of the unit above. A compartment can only be narrowed: what lies below
a closed unit stays closed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from archive.efile import file_reference
from archive.efile.retention import LONGEST, RetentionStart
from archive.file_plan.csv_lines import Line, LineError, read
from archive.model import PlanUnit

REQUIRED = ("kennzeichen", "titel")
OPTIONAL = (
    "uebergeordnet",
    "abteilung",
    "jahre",
    "fristbeginn",
    "aussonderung",
    "schutzbedarf",
    "bereich",
    "muster",
    "stillgelegt",
)
PERMANENT = "dauernd"
_CODE = re.compile(r"[A-Za-z0-9ÄÖÜäöü][A-Za-z0-9ÄÖÜäöü.\-]{0,79}")
_COMPARTMENT = re.compile(r"[a-z][a-z0-9._-]{0,79}")
_CHOICES = {
    "fristbeginn": tuple(start.value for start in RetentionStart),
    "aussonderung": ("A", "B", "V"),
    "schutzbedarf": ("NORMAL", "HIGH", "VERY_HIGH"),
    "stillgelegt": ("ja", "nein"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPlan:
    """Units in an order where a parent comes before its children, and what is wrong."""

    units: tuple[PlanUnit, ...]
    lines: Mapping[str, int]  #: code -> the line that it stands on
    within: Mapping[str, str | None]  #: compartment -> the one around it
    errors: tuple[LineError, ...]


def read_plan(
    data: bytes, *, departments: frozenset[str], existing: Mapping[str, PlanUnit]
) -> ReadPlan:
    """Read a file; ``existing`` are units that a line may name as its parent."""
    found, errors = read(data, required=REQUIRED, optional=OPTIONAL)
    reading = _Reading(departments, existing, list(errors))
    reading.take(found)
    for code in reading.lines:
        reading.unit(code)
    return ReadPlan(
        units=tuple(unit for unit in reading.made.values() if unit is not None),
        lines={code: line.number for code, line in reading.lines.items()},
        within=reading.within,
        errors=tuple(sorted(reading.errors, key=lambda error: error.line)),
    )


class _Reading:
    """One reading of one file: lines become units, parents first."""

    def __init__(
        self,
        departments: frozenset[str],
        existing: Mapping[str, PlanUnit],
        errors: list[LineError],
    ) -> None:
        self.departments = departments
        self.existing = existing
        self.errors = errors
        self.lines: dict[str, Line] = {}
        self.made: dict[str, PlanUnit | None] = {}  #: None: its line has a mistake
        self.within: dict[str, str | None] = {}

    def take(self, lines: tuple[Line, ...]) -> None:
        for line in lines:
            code = line.cells["kennzeichen"]
            if not _CODE.fullmatch(code):
                self._wrong(line, f"„{code[:40]}“ ist kein Kennzeichen (Buchstaben, Ziffern, . -)")
            elif code in self.lines:
                self._wrong(line, f"{code} steht schon in Zeile {self.lines[code].number}")
            else:
                self.lines[code] = line

    def unit(self, code: str) -> PlanUnit | None:
        """The unit of a code, its parents made before it; None where that cannot be."""
        chain: list[str] = []
        while code in self.lines and code not in self.made and code not in chain:
            chain.append(code)
            code = self.lines[code].cells.get("uebergeordnet", "")
        if code in chain:
            for member in chain:
                self._wrong(self.lines[member], f"{member} liegt über sich selbst")
                self.made[member] = None
            return None
        for member in reversed(chain):
            self.made[member] = self._made(self.lines[member])
        return self.made[chain[0]] if chain else self.made.get(code)

    def _made(self, line: Line) -> PlanUnit | None:
        before = len(self.errors)
        parent_code = line.cells.get("uebergeordnet", "") or None
        parent = None
        if parent_code is not None:
            parent = self.made.get(parent_code) or self.existing.get(parent_code)
            if parent is None:
                if parent_code not in self.made:
                    self._wrong(line, f"die Einheit {parent_code[:40]} darüber gibt es nicht")
                return None
        cells = {name: self._cell(line, name) for name in OPTIONAL}
        title = line.cells["titel"]
        if not 1 <= len(title) <= 300:
            self._wrong(line, "der Titel hat 1 bis 300 Zeichen")
        made = PlanUnit(
            code=line.cells["kennzeichen"],
            parent=parent_code,
            title=title,
            department=self._department(line, cells["abteilung"], parent),
            retention_years=self._years(line, cells["jahre"], parent),
            disposal_code=cells["aussonderung"] or (parent.disposal_code if parent else "B"),
            protection_need=cells["schutzbedarf"]
            or (parent.protection_need if parent else "NORMAL"),
            retention_start=cells["fristbeginn"]
            or (parent.retention_start if parent else RetentionStart.CLOSED_DATE.value),
            compartment=self._compartment(line, cells["bereich"], parent),
            mark_pattern=self._pattern(line, cells["muster"], parent),
            retired=cells["stillgelegt"] == "ja",
        )
        return made if len(self.errors) == before else None

    def _cell(self, line: Line, name: str) -> str:
        value = line.cells.get(name, "")
        choices = _CHOICES.get(name)
        if value and choices is not None:
            same = [choice for choice in choices if choice.lower() == value.lower()]
            if not same:
                self._wrong(line, f"{name}: „{value[:40]}“; möglich sind {', '.join(choices)}")
                return ""
            return same[0]
        return value

    def _department(self, line: Line, value: str, parent: PlanUnit | None) -> str | None:
        if value and value not in self.departments:
            self._wrong(line, f"die Abteilung {value[:40]} gibt es nicht")
        return value or (parent.department if parent else None)

    def _years(self, line: Line, value: str, parent: PlanUnit | None) -> int | None:
        if value.lower() == PERMANENT:
            return None
        if value.isascii() and value.isdecimal() and int(value) <= LONGEST:
            return int(value)
        if value or parent is None:
            self._wrong(line, f"jahre: eine Zahl bis {LONGEST} oder „{PERMANENT}“")
            return None
        return parent.retention_years

    def _compartment(self, line: Line, value: str, parent: PlanUnit | None) -> str | None:
        above = parent.compartment if parent else None
        if not value or value == above:
            return above
        if not _COMPARTMENT.fullmatch(value):
            self._wrong(line, "bereich: ein Kürzel aus Kleinbuchstaben und Ziffern")
            return above
        if self.within.setdefault(value, above) != above:
            self._wrong(
                line,
                f"der Bereich {value} liegt hier in {above or 'keinem anderen'}, in einer anderen"
                f" Zeile in {self.within[value] or 'keinem anderen'}",
            )
        return value

    def _pattern(self, line: Line, value: str, parent: PlanUnit | None) -> str:
        problem = file_reference.problem(value) if value else None
        if problem is not None:
            self._wrong(line, f"muster: {problem}")
        return value or (parent.mark_pattern if parent else file_reference.PATTERN)

    def _wrong(self, line: Line, text: str) -> None:
        self.errors.append(LineError(line=line.number, text=text))
