"""What the steps of a road read first: the item or document, its profile, and its bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from archive.db import rows
from archive.intake import documents, items, sources
from archive.intake.sources import Sources
from archive.model import Document, Finding, Item, Rendition, RenditionRole, Severity
from config.errors import NotFound
from config.settings import Procedure, Stream
from ingest.engines import Engines
from ingest.renditions import latest
from ocr.findings import Found
from ocr.recognition.result import Recognition
from signing.report.interface import SignatureReport
from signing.report.json_form import from_json as report_from_json

NO_RENDITION = "no_pdfa"  #: finding: archived with the original alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One document on the road with all that its steps need to know."""

    item: Item
    document: Document
    stream: Stream
    procedure: Procedure
    source: Path  #: what is read: the original, a file handed in later, or an opened copy
    sources: Sources  #: the files of the item, and which of them ``source`` is

    @property
    def name(self) -> str:
        """How messages call it: the file's own name."""
        return self.item.source.rsplit("/", 1)[-1]

    @property
    def source_sha256(self) -> str:
        """Address of what is read, and so of what everything here is derived from."""
        return self.sources.reads.sha256

    @property
    def pages(self) -> tuple[int, int] | None:
        """The document's page range within the file; none = the whole file."""
        first, last = self.document.first_page, self.document.last_page
        return (first, last) if first is not None and last is not None else None

    def has_rendition(self) -> bool:
        return all(finding.code != NO_RENDITION for finding in self.document.findings)


def item_and_source(engines: Engines, item_id: str) -> tuple[Item, Path]:
    """The item and the local path of its bytes."""
    with engines.database.read() as session:
        item = items.load_item(session, item_id)
    return item, engines.objects.path(item.working_copy or item.sha256)


def arrived(engines: Engines, item_id: str) -> tuple[Item, Sources, Path]:
    """The item, its files, and the local path of the bytes that are read."""
    with engines.database.read() as session:
        item = items.load_item(session, item_id)
        files = sources.sources(session, item)
    return item, files, engines.objects.path(item.working_copy or item.sha256)


def files_of(engines: Engines, item: Item) -> Sources:
    """The original, what was handed in later, opened copies, and which of them is read."""
    with engines.database.read() as session:
        return sources.sources(session, item)


def subject(engines: Engines, document_id: str) -> Subject:
    """The document with its item, profile and bytes."""
    with engines.database.read() as session:
        document, item, kept = documents.load_with_item(session, document_id)
    files = sources.sources_of(item, kept)
    return Subject(
        item=item,
        document=document,
        stream=engines.stream(item.stream),
        procedure=engines.procedure(item.stream),
        source=engines.objects.path(files.reads.sha256),
        sources=files,
    )


def recognition_of(engines: Engines, document: Document) -> Recognition:
    """The text with positions that ``recognise`` kept."""
    kept = latest(document, RenditionRole.TEXT)
    return Recognition.from_json(engines.objects.path(kept).read_bytes())


def report_of(engines: Engines, item_id: str, sha256: str) -> SignatureReport:
    """The newest signature report on one of the item's files.

    Raises:
        NotFound: that file was not checked.
    """
    with engines.database.read() as session:
        kept = reports_by_file(rows.item_renditions(session, item_id))
    if sha256 not in kept:
        raise NotFound(f"Zu {sha256} von {item_id} gibt es keinen Signatur-Prüfbericht.")
    return report_from_json(engines.objects.path(kept[sha256].sha256).read_bytes())


def reports_by_file(kept: Iterable[Rendition]) -> dict[str, Rendition]:
    """The newest signature report on each file, by the file's address."""
    return {
        str(each.derived_from): each for each in kept if each.role is RenditionRole.SIGNATURE_REPORT
    }


def finding(found: Found) -> Finding:
    """What the OCR room found, in the archive's words."""
    return Finding(
        code=found.code,
        text=found.text,
        severity=Severity(found.severity),
        page=found.page,
        detail=dict(found.detail),
    )
