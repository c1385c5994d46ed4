"""The text of files that have no pages: mails, XML, signed containers. Runs in an isolated child.

Such a file is archived as it came; what is taken here only makes it found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from config.filekind import FileKind, narrow
from config.mime import Entity, parse
from ocr.findings import Found, Severity
from ocr.recognition.letter_spacing import words_of_line
from ocr.recognition.result import Line, PageText, Recognition, Word, pack
from ocr.text.file_text import FileText, decoded

LARGEST = 64 * 2**20  #: bytes that are looked at
MOST_LINES = 20_000
SOFT_HYPHEN = "\u00ad"  #: left only where it is shown: at the end of a line
WIDTH, HEIGHT, LEADING = 595.0, 842.0, 12.0
ENGINE = "registratur-text"
VERSION = "5"
EARLIEST_YEAR = 1900  #: RFC 5322, 3.3
#: What is written like a year: no time, no offset from Greenwich.
_YEAR = re.compile(
    r"(?:(?<![\d:+-])|(?<=jan-|feb-|mar-|apr-|may-|jun-|jul-|aug-|sep-|oct-|nov-|dec-))[0-9]{3,}",
    re.IGNORECASE,
)
CUT = Found(
    code="text.cut",
    text="Nicht aller Text der Datei und ihrer Anlagen ließ sich lesen; was fehlt, ist nicht durchsuchbar.",
)
ATTACHMENTS_UNREAD = Found(
    code="text.attachments_unread",
    text="Die Anlagen ließen sich nicht lesen; sie sind nur mit ihren Namen durchsuchbar.",
    severity=Severity.WARNING,
)


def read_unpaged(path: Path, kind: FileKind, attachments: bool = True) -> Recognition:
    """One "page" with the words of the file and of what lies in it; an empty one where none are.

    ``attachments``: False where looking into them ended a child before.
    """
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    reader = FileText(attachments=attachments)
    text = reader.of(data[:LARGEST], kind=kind)
    lines = [words_of_line(line) for line in text.splitlines() if line.strip()]
    findings = [] if attachments else [ATTACHMENTS_UNREAD]
    if reader.cut or len(data) > LARGEST or len(lines) > MOST_LINES:
        findings.append(CUT)
    return Recognition(
        pages=(_page(lines, tuple(findings)),),
        engine=ENGINE,
        engine_version=VERSION,
        languages=(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFields:
    """What a mail says of itself (RFC 5322, 3.6); None where it says nothing, or two things."""

    sender: str | None = None
    subject: str | None = None
    date: datetime | None = None  #: aware; a claim, which may lie anywhere in the calendar


def mail_fields(path: Path) -> MailFields:
    """Sender, subject and date of a mail. Never raises for what it holds."""
    with path.open("rb") as file:
        root = parse(narrow(file.read(LARGEST)))
    return MailFields(
        sender=_only(root, "from"), subject=_only(root, "subject"), date=_date(_only(root, "date"))
    )


def _only(root: Entity, name: str) -> str | None:
    """A field that stands once, in its own words on one line."""
    values = [value for known, value in root.fields if known == name]
    if len(values) != 1:
        return None
    shown = "".join(char if char.isprintable() else " " for char in decoded(values[0]))
    return " ".join(shown.split()) or None


def _date(value: str | None) -> datetime | None:
    if value is None:
        return None
    # The parser takes 0026 for 26, which means 2026 (RFC 5322, 4.3); written so, it is no year.
    if any(int(year[:9]) < EARLIEST_YEAR for year in _YEAR.findall(value)):
        return None
    try:
        found = parsedate_to_datetime(value)
        return found.replace(tzinfo=found.tzinfo or UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _page(lines: list[list[str]], findings: tuple[Found, ...]) -> PageText:
    lines = lines[:MOST_LINES]
    words = [
        Word(
            text="".join(char for char in word if char.isprintable() or char == SOFT_HYPHEN)[:200],
            box=(40.0, 40.0 + LEADING * number, 60.0, 50.0 + LEADING * number),
            confidence=100.0,
            line=number,
        )
        for number, line in enumerate(lines)
        for word in line
    ]
    rows = [
        Line(
            baseline=(40.0, 50.0 + LEADING * number, WIDTH - 40.0, 50.0 + LEADING * number),
            ascent=10.0,
            descent=2.0,
            begins_paragraph=False,
            own=True,
        )
        for number in range(len(lines))
    ]
    return PageText(
        number=1,
        width=WIDTH,
        height=HEIGHT,
        source="text" if words else "none",
        language="",
        confidence=100.0 if words else 0.0,
        turn=0,
        turned=False,
        skew=0.0,
        straightened=False,
        blank="content",
        dpi=0.0,
        findings=findings,
        packed=pack(rows, words),
    )
