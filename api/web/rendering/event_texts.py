"""The audit trail for people: each event as a sentence with a link to its object, and as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from api.web.rendering import labels
from api.web.rendering.event_sentences import OBJECT, REFUSED, SENTENCES, Names, unknown
from archive.model import Page
from archive.office_calendar import OFFICE
from archive.views.listing import AuditLine

_WHO = {
    "service": "Die Registratur",
    "sweep": "Die Registratur (Aufräumdienst)",
    "hotfolder": "Der Eingangsordner",
    "init": "Die Einrichtung",
    "anonymous": "Jemand ohne Anmeldung",
}
_OBJECTS = {  # in the accusative
    "item": "den Eingang {}",
    "document": "das Dokument {}",
    "file": "die Akte {}",
    "sub_file": "die Teilakte {}",
    "case": "den Vorgang {}",
    "follow_up": "die Wiedervorlage {}",
    "user": "das Konto {}",
    "unit": "die Abteilung {}",
    "person": "das Pseudonym {}",
    "break_glass": "den Notzugriff {}",
    "plan": "den Aktenplan",
    "index": "den Suchindex",
    "search": "die Suche",
    "trail": "das Protokoll",
    "house": "den Bestand des Hauses",
    "schema": "die Datenbank",
}
_QUOTED = ("user", "unit", "person")
_OUTCOMES = {"failed": "fehlgeschlagen", "refused": "abgewiesen", "denied": "abgewiesen"}
COLUMNS = (
    "Nr.",
    "Zeit",
    "Wer",
    "Im Auftrag von",
    "Was geschah",
    "Grund",
    "Ergebnis",
    "Ereignis",
    "Art des Objekts",
    "Kennung des Objekts",
    "Eingang",
    "Prüfsumme des Objekts (SHA-256)",
    "Einzelheiten (JSON)",
    "Prüfsumme des Ereignisses (SHA-256)",
)
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """``before`` object ``after``; ``target`` is where the object is looked at, or its events."""

    before: str
    object: str
    after: str
    target: str

    @property
    def text(self) -> str:
        return f"{self.before}{self.object}{self.after}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An event with its sentence and the word for how it went (none: well)."""

    line: AuditLine
    sentence: Sentence
    outcome: str


def told(line: AuditLine, names: Names, reachable: Collection[str] = ()) -> Told:
    """``reachable``: items and documents that the reader may open."""
    outcome = "" if line.outcome == "ok" else _OUTCOMES.get(line.outcome, line.outcome)
    made = sentence(line, names, reachable)
    return Told(line=line, sentence=made, outcome=outcome)


def sentence(line: AuditLine, names: Names, reachable: Collection[str] = ()) -> Sentence:
    """What the event says. A kind without a sentence of its own is told by its code."""
    made = SENTENCES.get(line.action, unknown(line.action))(
        _plain(dict(line.detail)), _plain(dict(names))
    )
    if line.outcome != "ok":
        made = REFUSED.get(line.action, made)
    before, found, after = f"{_who(line)} {made}".partition(OBJECT)
    name = f"„{line.object_id}“" if line.object_type in _QUOTED else line.object_id
    thing = _OBJECTS.get(line.object_type, "das Objekt {}").format(name) if found else ""
    return Sentence(before=before, object=thing, after=f"{after}.", target=_target(line, reachable))


def _plain(value: Any) -> Any:
    """A value of an event without what could be taken for the object's place in the sentence."""
    if isinstance(value, str):
        return value.replace(OBJECT, "")
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _who(line: AuditLine) -> str:
    who = _WHO.get(line.actor, line.actor).replace(OBJECT, "")
    return who if line.on_behalf is None else f"{who} (im Auftrag von {line.on_behalf})"


def _target(line: AuditLine, reachable: Collection[str]) -> str:
    place = quote(line.object_id, safe="")
    if line.object_id in reachable and line.object_type == "item":
        return f"/eingaenge/{place}"
    if line.object_id in reachable and line.object_type == "document":
        return f"/dokumente/{place}?ansicht=nachweise"
    return f"/revision?kennung={place}"


# ------------------------------------------------------------------ as a table to take away
def as_csv(pages: Callable[[str | None], Page[AuditLine]], names: Names) -> Iterator[bytes]:
    """All events page by page, newest first: UTF-8 with a mark, semicolons, one header."""
    yield b"\xef\xbb\xbf" + _rows([COLUMNS])
    cursor: str | None = None
    while True:
        page = pages(cursor)
        yield _rows(_row(line, names) for line in page.items)
        cursor = page.next_cursor
        if cursor is None:
            return


def _row(line: AuditLine, names: Names) -> tuple[str, ...]:
    return (
        str(line.seq),
        line.at.astimezone(OFFICE).isoformat(timespec="milliseconds"),
        labels.ACTORS.get(line.actor, line.actor),
        line.on_behalf or "",
        sentence(line, names).text,
        line.reason or "",
        line.outcome,
        line.action,
        line.object_type,
        "" if line.object_id == "-" else line.object_id,
        line.correlation_id or "",
        line.object_sha256 or "",
        json.dumps(dict(line.detail), ensure_ascii=False, sort_keys=True),
        line.hash,
    )


def _rows(rows: Iterable[Iterable[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([plain_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8", "replace")


def plain_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV Injection)."""
    clean = text.replace("\x00", "\ufffd").replace("\r", " ").replace("\n", " ")
    return f"'{clean}" if clean.lstrip("\t \u00a0").startswith(_FORMULA) else clean
