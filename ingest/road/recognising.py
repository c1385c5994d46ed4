"""Step ``recognise``: text with positions, blank pages, quality; suggestions for the record."""

from __future__ import annotations

import io
import re
from datetime import date

from archive.model import ARRIVAL_STAMP, Finding, Rendition, RenditionRole, Severity
from config.errors import ChildDeath, HoldReason, InputError
from ingest.engines import Engines
from ingest.road.checking import facts
from ingest.road.step_input import Subject, finding, subject
from ingest.road.step_outcome import Change
from ingest.suggestions.from_letter import Suggestion, suggest
from ingest.suggestions.from_mail import suggest_from_mail
from ocr.accepted_kinds import PAGED, FileKind
from ocr.children import MAIL_FIELDS, READ_UNPAGED
from ocr.recognition.recogniser import ScanProfile
from ocr.recognition.result import Recognition
from ocr.text.unpaged_files import ENGINE as UNPAGED

CLASSIFIED = re.compile(
    r"\bVS\s*[-–—]\s*(?:NUR FÜR DEN DIENSTGEBRAUCH|NfD\b|VERTRAULICH)|\bSTRENG GEHEIM\b|"
    r"^\s*(?:amtlich\s+)?geheim\s*gehalten\b",
    re.IGNORECASE | re.MULTILINE,
)
SECONDS = 120.0  #: for the text of a file without pages
HEAD = 600  #: letters at the head of a page where a classification marking stands


def profile_of(subject: Subject) -> ScanProfile:
    """The scan profile of the document's stream, as the OCR room understands it."""
    stream = subject.stream
    return ScanProfile(
        languages=stream.languages,
        fraktur=stream.fraktur,
        may_rotate=stream.may_rotate,
        may_deskew=stream.may_deskew,
    )


def recognise(engines: Engines, document_id: str) -> Change:
    """Read the pages.

    Raises:
        InputError: a marking says that the document is classified (out of scope, a person decides).
    """
    about = subject(engines, document_id)
    recognition = _read(engines, about)
    _refuse_classified(about, recognition)
    stored = engines.objects.put(io.BytesIO(recognition.to_json()))
    suggestion = _suggestion(engines, about, recognition)
    words = sum(len(page.words) for page in recognition.pages)
    return Change(
        action="OCR_DONE",
        detail={
            "engine": f"{recognition.engine} {recognition.engine_version}",
            "pages": len(recognition.pages),
            "words": words,
            "text_sha256": stored.sha256,
        },
        values={
            "pages": None if recognition.engine == UNPAGED else len(recognition.pages) or None,
            "title": suggestion.title,
            "sender": suggestion.sender,
            "letter_date": suggestion.letter_date,
        },
        findings=(
            *map(finding, recognition.findings()),
            *arrival_findings(suggestion.arrived_on, about.document.received_on),
        ),
        renditions=(
            Rendition(
                role=RenditionRole.TEXT,
                sha256=stored.sha256,
                size=stored.size,
                media_type="application/json",
                file_name="text.json",
                derived_from=about.source_sha256,
            ),
        ),
    )


def arrival_findings(stamped: date | None, received_on: date) -> tuple[Finding, ...]:
    """The day of an arrival stamp, offered to a person. The receipt stays the day of custody."""
    if stamped is None or stamped == received_on:
        return ()
    found = Finding(
        code=ARRIVAL_STAMP,
        text=f"Der Eingangsstempel auf Seite 1 nennt den {stamped:%d.%m.%Y}. Als Eingang gilt der "
        f"{received_on:%d.%m.%Y}, bis die Angaben berichtigt werden.",
        severity=Severity.INFO,
        page=1,
        detail={"date": stamped.isoformat()},
    )
    return (found,)


def _read(engines: Engines, about: Subject) -> Recognition:
    kind = facts(engines, about.item.id).kind
    if kind not in PAGED:
        return _read_unpaged(engines, about, kind)
    return engines.recogniser.recognise(
        about.source,
        profile_of(about),
        pages=about.pages,
        subject=about.name,
        priority=engines.priority(about.item.stream),
        threads=engines.settings.work.processes,
    )


def _read_unpaged(engines: Engines, about: Subject, kind: FileKind) -> Recognition:
    """The words of the file and its attachments; where an attachment kills the child, without them:
    the file is archived as it came in either case."""

    def read(attachments: bool) -> Recognition:
        return engines.workshop.run(
            READ_UNPAGED(about.source, kind, attachments),
            seconds=SECONDS,
            subject=about.name,
            priority=engines.priority(about.item.stream),
        )

    try:
        return read(True)
    except ChildDeath:
        return read(False)


def _suggestion(engines: Engines, about: Subject, recognition: Recognition) -> Suggestion:
    received_on = about.document.received_on
    if facts(engines, about.item.id).kind is not FileKind.EML:
        return suggest(recognition.text(), about.name, received_on)
    fields = engines.workshop.run(
        MAIL_FIELDS(about.source),
        seconds=SECONDS,
        subject=about.name,
        priority=engines.priority(about.item.stream),
    )
    return suggest_from_mail(fields, about.name, received_on)


def _refuse_classified(about: Subject, recognition: Recognition) -> None:
    for page in recognition.pages:
        marking = CLASSIFIED.search(page.text[:HEAD])
        if marking:
            raise InputError(
                HoldReason.CLASSIFIED,
                f"{about.name}: Seite {page.number} trägt eine Einstufung als Verschlusssache. "
                "Registratur nimmt keine Verschlusssachen an; bitte an die zuständige Stelle geben.",
            )
