"""A whole e-file as one paginated PDF/A with a table of contents, for inspection and for the court.

Every document stands there with its number, the name it came under, the day of its receipt and what
the check of its signatures found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.orm import Session

from archive import access
from archive.audit.trail import append
from archive.db import rows
from archive.model import CaseFile, Document, Item, Reader, Rendition, RenditionRole
from archive.office_calendar import office_date
from archive.views import listing
from config.errors import Forbidden
from ingest.acts.act import HouseAct
from ingest.acts.acting import Acting
from ingest.engines import Engines
from ingest.renditions import latest
from ingest.road.step_input import NO_RENDITION, files_of, reports_by_file
from ocr.children import BIND
from ocr.pdfa.binding import FLAVOUR, Binding, Part
from signing.report.interface import wording
from signing.report.json_form import from_json

SECONDS = 120.0
SECONDS_A_PAGE = 0.2
SLICE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What was written."""

    documents: int
    sheets: int
    verdict: (
        str  #: of the PDF/A: "compliant", "non-compliant" (then it claims none), "not-validated"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    number: str
    document: Document
    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile(HouseAct[Bound]):
    """Write the file to ``out``; every document that the reader may read, and the trail says so
    (not in a home that can only be read).

    Raises:
        NotFound: there is no such file for the reader.
        Forbidden: it is open to them by break-glass alone.
        ChildDeath: binding it was too much for a child.
    """

    file_id: str
    out: Path

    def perform(self, engines: Engines, by: Acting) -> Bound:
        file, entries = self._opened(engines, by.reader)
        work = Binding(
            mark=file.file_mark,
            title=file.subject,
            facts=_cover(file, entries, engines.settings.county.name),
            parts=tuple(_part(engines, entry) for entry in entries),
            made_at=engines.clock(),
            out=self.out,
        )
        seconds = SECONDS + SECONDS_A_PAGE * sum(entry.document.pages or 1 for entry in entries)
        sheets, verdict = _bind(engines, work, seconds)
        if not engines.database.read_only:
            with engines.database.write() as session:
                append(
                    session,
                    at=engines.clock(),
                    by=by.actor,
                    action="EXPORTED",
                    object_type="file",
                    object_id=self.file_id,
                    detail={"documents": len(entries), "sheets": sheets, "pdfa": verdict},
                )
        return Bound(documents=len(entries), sheets=sheets, verdict=verdict)

    def _opened(self, engines: Engines, reader: Reader) -> tuple[CaseFile, tuple[_Entry, ...]]:
        without = replace(reader, opened_files=frozenset(), opened_items=frozenset())
        with engines.database.read() as session:
            file = listing.file_for(session, reader, self.file_id)
            if not access.may_export_file(reader, file):
                raise Forbidden(
                    "Ein Notzugriff öffnet die Akte zum Lesen; ausgegeben wird sie nicht."
                )
            return file, tuple(_entries(session, without, file))


def _bind(engines: Engines, work: Binding, seconds: float) -> tuple[int, str]:
    """Bind and judge; what does not comply is written again without the claim."""

    def run(task: Binding) -> int:
        return engines.workshop.run(BIND(task), seconds=seconds, subject=task.mark, priority=0)

    sheets = run(work)
    verdict = engines.pdfa.judge(work.out, FLAVOUR).status
    if verdict == "non-compliant":
        sheets = run(replace(work, claims=False))
    return sheets, verdict


def _entries(session: Session, reader: Reader, file: CaseFile) -> Iterator[_Entry]:
    """The documents by case, day of receipt and arrival, numbered ``case.place``."""
    cases = {case.id: case.number for case in listing.cases_for(session, reader, file.id)}
    found: list[Document] = []
    cursor = None
    while True:
        page = listing.documents_for(
            session, reader, file_id=file.id, cursor=cursor, limit=SLICE
        )  # fmt: skip
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    found.sort(key=lambda each: (cases[each.case_id or ""], each.received_on, each.id))
    place: dict[int, int] = {}
    for document in found:
        case = cases[document.case_id or ""]
        place[case] = place.get(case, 0) + 1
        item = listing.item_for(session, reader, document.item_id)
        yield _Entry(number=f"{case}.{place[case]}", document=document, item=item)


def _part(engines: Engines, entry: _Entry) -> Part:
    document, item = entry.document, entry.item
    name = item.source.rsplit("/", 1)[-1]
    bound = any(each.role is RenditionRole.SCAN_PRODUCT for each in document.renditions)
    bound = bound and all(finding.code != NO_RENDITION for finding in document.findings)
    facts = [
        ("Originaldatei", name),
        ("Eingang", f"{document.received_on:%d.%m.%Y}"),
        *_signatures(engines, item),
        ("Dokument", document.id),
    ]
    if document.sender:
        facts.insert(0, ("Absender", document.sender))
    if document.first_page is not None:
        facts.append(("Seiten der Datei", f"{document.first_page} bis {document.last_page}"))
    return Part(
        number=entry.number,
        title=document.title or name,
        facts=tuple(facts),
        path=engines.objects.path(latest(document, RenditionRole.SCAN_PRODUCT)) if bound else None,
    )


def _signatures(engines: Engines, item: Item) -> Iterator[tuple[str, str]]:
    """What the check found of the original, and of each file that was handed in later."""
    with engines.database.read() as session:
        kept = reports_by_file(rows.item_renditions(session, item.id))
    files = files_of(engines, item)
    yield "Signaturprüfung", _found(engines, kept.get(files.original.sha256))
    for each in files.supplements:
        when = "" if each.created_at is None else f" am {office_date(each.created_at):%d.%m.%Y}"
        by, why = each.detail.get("supplied_by"), each.detail.get("reason")
        yield "Nachgereicht", f"{each.file_name}, von {by}{when}, Grund: {why}"
        yield "Signaturprüfung der nachgereichten Datei", _found(engines, kept.get(each.sha256))
    if files.reads.role is RenditionRole.WORKING_COPY:
        yield "Geöffnet mit Kennwort", "Die verschlüsselte Datei ist als Original aufbewahrt."


def _found(engines: Engines, kept: Rendition | None) -> str:
    if kept is None:
        return "Kein Prüfbericht vorhanden: kein Ergebnis."
    return wording(from_json(engines.objects.path(kept.sha256).read_bytes()))


def _cover(file: CaseFile, entries: tuple[_Entry, ...], county: str) -> tuple[tuple[str, str], ...]:
    state = {"OPEN": "offen", "CLOSED": "zdA"}.get(file.state, file.state)
    if file.closed_on is not None:
        state = f"{state} am {file.closed_on:%d.%m.%Y}"
    return (
        ("Behörde", county),
        ("Abteilung", file.department),
        ("Aktenplan", file.plan_unit),
        ("Angelegt", f"{file.opened_on:%d.%m.%Y}"),
        ("Stand", state),
        ("Dokumente", str(len(entries))),
    )
