"""CSV that people write: read strictly, with every mistake named by its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import _csv

LARGEST = 16 * 2**20  #: bytes of one file
LONGEST = 100_000  #: lines


@dataclass(frozen=True, slots=True, kw_only=True)
class LineError:
    """A mistake and where it stands; ``line`` counts from 1, the header is line 1."""

    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line below the header: its cells by name, trimmed; cells left out are empty."""

    number: int
    cells: Mapping[str, str]


def read(
    data: bytes, *, required: tuple[str, ...], optional: tuple[str, ...]
) -> tuple[tuple[Line, ...], tuple[LineError, ...]]:
    """The lines of a file with a header; UTF-8, separated by semicolons or commas.

    Where the file as a whole cannot be read there are no lines, and one error says why.
    """
    if len(data) > LARGEST:
        return (), (LineError(line=1, text=f"die Datei ist größer als {LARGEST} Byte"),)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return (), (LineError(line=line, text="kein UTF-8; als „CSV UTF-8“ speichern"),)
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        return (), (LineError(line=line, text="ein Zeichen, das kein Text ist (NUL)"),)
    head = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=";" if head.count(";") >= head.count(",") else ",",
        strict=True,
    )
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        wrong = _header_errors(names, required, optional)
        return ((), wrong) if wrong else _body(reader, names)
    except csv.Error:
        text = "nicht lesbar: Anführungszeichen stehen falsch, oder ein Feld ist zu lang"
        return (), (LineError(line=reader.line_num, text=text),)


def _header_errors(
    names: list[str], required: tuple[str, ...], optional: tuple[str, ...]
) -> tuple[LineError, ...]:
    problems = [f"es fehlt die Spalte „{name}“" for name in required if name not in names]
    problems += [
        f"unbekannte Spalte „{name[:40]}“; bekannt sind: {', '.join((*required, *optional))}"
        for name in names
        if name not in required + optional
    ]
    problems += [
        f"die Spalte „{name}“ steht doppelt da"
        for name in sorted(set(names))
        if names.count(name) > 1
    ]
    return tuple(LineError(line=1, text=problem) for problem in problems)


def _body(
    reader: _csv.Reader,
    names: list[str],
) -> tuple[tuple[Line, ...], tuple[LineError, ...]]:
    lines: list[Line] = []
    errors: list[LineError] = []
    before = reader.line_num
    for row in reader:
        number, before = before + 1, reader.line_num
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if len(lines) == LONGEST:
            errors.append(LineError(line=number, text=f"mehr als {LONGEST} Zeilen"))
            break
        if len(cells) > len(names):
            text = f"{len(cells)} Felder, aber nur {len(names)} Spalten"
            errors.append(LineError(line=number, text=text))
        elif any(not char.isprintable() for cell in cells for char in cell):
            errors.append(LineError(line=number, text="Steuerzeichen in einem Feld"))
        else:
            padded = cells + [""] * (len(names) - len(cells))
            lines.append(Line(number=number, cells=dict(zip(names, padded, strict=True))))
    return tuple(lines), tuple(errors)
