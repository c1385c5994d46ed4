"""Opening a document for somebody: the one place where faces ask whether its content may be shown.

The pages (api/web) and the HTTP interface (api/routes) both read through here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.content.page_pictures import tag_of
from api.http.auth import Caller
from api.service import Service
from archive import access
from archive.errors import MissingObject
from archive.intake import sources
from archive.intake.sources import Sources
from archive.model import (
    Case,
    CaseFile,
    Document,
    HistoryEntry,
    Item,
    Rendition,
    RenditionRole,
)
from archive.stages import Stage
from archive.views import details, listing
from config.errors import Forbidden, HoldReason, NotFound
from ingest.acts.efile.exports import NoteExport
from ingest.acts.people.confidential import NoteReading
from ocr.recognition.result import PageText, Recognition

NO_CONTENT = "Den Inhalt sehen nur die zuständige Abteilung und die Registratur."
PAGE_WIDTHS = (160, 800, 1240, 1800)  #: pixels; others are rounded up to one of these
REPORTS = (
    RenditionRole.SIGNATURE_REPORT,
    RenditionRole.PDFA_REPORT,
    RenditionRole.TRANSFER_NOTE,
    RenditionRole.STRUCTURED_DATA,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A document as one caller may see it."""

    document: Document
    item: Item
    sources: Sources  #: the file that arrived, what was handed in later, opened copies
    renditions: tuple[Rendition, ...]  #: of the document and of its item
    file: CaseFile | None
    case: Case | None
    content: bool  #: title, pages, text and files may be shown
    evidence: bool  #: reports may be shown
    correctable: bool  #: metadata may be corrected

    def latest(self, role: RenditionRole) -> Rendition | None:
        found = [rendition for rendition in self.renditions if rendition.role is role]
        return found[-1] if found else None

    @property
    def original(self) -> Rendition:
        """The file that arrived."""
        return self.sources.original

    def signature_reports(self) -> tuple[tuple[Rendition, Rendition], ...]:
        """Each arrival that was checked with its newest report, the original first."""
        newest = {
            each.derived_from or self.original.sha256: each
            for each in self.renditions
            if each.role is RenditionRole.SIGNATURE_REPORT
        }
        return tuple(
            (file, newest[file.sha256]) for file in self.sources.arrivals if file.sha256 in newest
        )

    @property
    def product(self) -> Rendition | None:
        """The sealed, searchable copy; None where the original stands alone."""
        return self.latest(RenditionRole.SCAN_PRODUCT)


def view(service: Service, caller: Caller, document_id: str) -> View:
    """Open it; through a broken glass this is noted in the trail.

    Raises NotFound alike where it is foreign and where it does not exist.
    """
    reader = caller.reader
    with service.database.read() as session:
        document = listing.document_for(session, reader, document_id)
        item = listing.item_for(session, reader, document.item_id)
        reads = access.may_read_document(reader, document)
        content = reads or access.may_see_held_pages(reader, document)
        file = case = None
        if reads and document.file_id is not None and document.case_id is not None:
            file = listing.file_for(session, reader, document.file_id)
            case = details.case_of(session, document.case_id)
        of_item = details.renditions_of_item(session, item.id)
    note_glass(service, caller, document)
    return View(
        document=document,
        item=item,
        sources=sources.sources_of(item, of_item),
        renditions=(*of_item, *document.renditions),
        file=file,
        case=case,
        content=content,
        evidence=access.may_see_reports(reader, document),
        correctable=access.may_correct_document(reader, document),
    )


def note_glass(service: Service, caller: Caller, document: Document) -> None:
    """Into the trail where nothing but a broken glass opens it to the caller; else nothing."""
    if access.reads_by_glass(caller.reader, document):
        NoteReading(document=document).perform(service, caller.acting)


def history(service: Service, caller: Caller, document_id: str) -> tuple[HistoryEntry, ...]:
    """What happened to it, oldest first. Raises NotFound."""
    with service.database.read() as session:
        document = listing.document_for(session, caller.reader, document_id)
        entries = listing.history(session, caller.reader, document_id)
    note_glass(service, caller, document)
    return entries


def opened(service: Service, caller: Caller, document_id: str) -> View:
    """As ``view``, for content. Raises Forbidden for those who may only know that it exists."""
    found = view(service, caller, document_id)
    if not found.content:
        raise Forbidden(NO_CONTENT)
    return found


# ------------------------------------------------------------------ pages and text
@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page that the caller may see as a picture."""

    subject: str  #: the document or held item
    sha256: str  #: of the stored file that the page is in
    page: int  #: in that file, from 1
    width: int  #: pixels, one of ``PAGE_WIDTHS``
    exists: bool = True  #: as far as the record knows

    @property
    def tag(self) -> str:
        """Its entity tag; another one as soon as the page may look different."""
        return tag_of(self.subject, self.sha256, self.page, self.width)


def page_of(service: Service, caller: Caller, document_id: str, number: int, width: int) -> Shown:
    """One page (from 1) of a document whose content the caller may see; as ``opened``, but asking
    for no more than a picture needs. Raises NotFound, Forbidden."""
    reader = caller.reader
    with service.database.read() as session:
        document = listing.document_for(session, reader, document_id)
        reads = access.may_read_document(reader, document)
        content = reads or access.may_see_held_pages(reader, document)
        product = [r for r in document.renditions if r.role is RenditionRole.SCAN_PRODUCT]
        if product:
            listing.demand_item(session, reader, document.item_id)
            sha256, page = product[-1].sha256, number
        else:
            item = listing.item_for(session, reader, document.item_id)
            of_item = details.renditions_of_item(session, item.id)
            sha256 = sources.sources_of(item, of_item).reads.sha256
            page = number + (document.first_page or 1) - 1
    note_glass(service, caller, document)
    if not content:
        raise Forbidden(NO_CONTENT)
    exists = number >= 1 and (document.pages is None or number <= document.pages)
    return Shown(subject=document.id, sha256=sha256, page=page, width=_step(width), exists=exists)


def picture(service: Service, shown: Shown) -> bytes:
    """The page as PNG. Raises NotFound beyond the last page, MissingObject, ChildDeath, InputError."""
    if not shown.exists:
        raise NotFound(f"{shown.subject} hat diese Seite nicht.")
    path = service.objects.path(shown.sha256)
    return service.images.png(path, shown.page, width=shown.width, subject=shown.subject)


def held_item(service: Service, caller: Caller, item_id: str) -> Item:
    """An item whose pages the caller may see. Raises NotFound, Forbidden."""
    with service.database.read() as session:
        item = listing.item_for(session, caller.reader, item_id)
    if not access.may_see_held_pages(caller.reader, item):
        raise Forbidden("Die Seiten sehen nur, wer diesen Eingang zu klären hat.")
    return item


def held_page_of(item: Item, number: int) -> Shown:
    """A page of an item that was looked up for the caller before; never of what carries malware.

    Raises Forbidden.
    """
    if item.held_reason is HoldReason.MALWARE:
        raise Forbidden("Von dieser Datei werden keine Seiten gezeigt.")
    return Shown(
        subject=item.id,
        sha256=item.working_copy or item.sha256,
        page=number,
        width=PAGE_WIDTHS[1],
    )


def _step(width: int) -> int:
    return next((step for step in PAGE_WIDTHS if step >= width), PAGE_WIDTHS[-1])


def text_of(service: Service, found: View) -> tuple[PageText, ...]:
    """What was recognised, page by page; empty where nothing was yet."""
    kept = found.latest(RenditionRole.TEXT)
    if kept is None:
        return ()
    return Recognition.from_json(service.objects.path(kept.sha256).read_bytes()).pages


# ------------------------------------------------------------------ files and reports
def take_away(
    service: Service, caller: Caller, document_id: str, role: RenditionRole
) -> tuple[Rendition, Path]:
    """Original or product with its local path; noted in the trail as EXPORTED.

    Raises NotFound where there is none of this role, Forbidden for malware.
    """
    found = opened(service, caller, document_id)
    rendition = found.original if role is RenditionRole.ORIGINAL else found.latest(role)
    if rendition is None:
        raise MissingObject(f"{document_id} hat keine solche Fassung.")
    return _taken(service, caller, found, rendition)


def take_away_file(
    service: Service, caller: Caller, document_id: str, sha256: str
) -> tuple[Rendition, Path]:
    """One of the files that the document was made of, by its address. Raises as ``take_away``."""
    found = opened(service, caller, document_id)
    for file in found.sources.files:
        if file.sha256 == sha256:
            return _taken(service, caller, found, file)
    raise MissingObject(f"{document_id} hat keine solche Datei.")


def _taken(
    service: Service, caller: Caller, found: View, rendition: Rendition
) -> tuple[Rendition, Path]:
    if rendition.sha256 in found.sources.infected:
        raise Forbidden(
            "In dieser Datei wurde Schadsoftware gefunden; sie bleibt in Verwahrung und wird nicht"
            " ausgegeben. Bei Bedarf an die IT-Sicherheit wenden."
        )
    path = service.objects.path(rendition.sha256)
    if caller.head:  # the trail must not say that it was taken
        return rendition, path
    command = NoteExport(document_id=found.document.id, item_id=found.item.id, rendition=rendition)
    command.perform(service, caller.acting)
    return rendition, path


def reports(service: Service, caller: Caller, document_id: str) -> list[tuple[Rendition, Any]]:
    """The kept reports with their content (None where it is no JSON)."""
    return reports_of(service, view(service, caller, document_id))


def reports_of(service: Service, found: View) -> list[tuple[Rendition, Any]]:
    """The same of a document that is open already."""
    return [
        (rendition, _json(service.objects.path(rendition.sha256)))
        for rendition in evidence_of(found, *REPORTS)
    ]


def evidence_of(found: View, *roles: RenditionRole) -> tuple[Rendition, ...]:
    """The kept reports of these roles, oldest first. Raises Forbidden who may not see evidence."""
    if not found.evidence:
        raise Forbidden("Nachweise sehen die zuständige Abteilung und die Revision.")
    return tuple(rendition for rendition in found.renditions if rendition.role in roles)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except ValueError:
        return None


def is_walking(document: Document) -> bool:
    return document.stage not in (
        Stage.FILED, Stage.HELD, Stage.REJECTED, Stage.DUPLICATE, Stage.AWAITING_QA,
    )  # fmt: skip
