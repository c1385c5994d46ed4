"""The transfer note's content (TR-RESISCAN 1.5, A.NB.4 a-f), and the conversion note of digital files.

Format 2, documented in docs/reference/transfer-note.md. A note is never edited: a supplement is a
new version that names the hash of the one before. It says nothing about the genuineness of
handwritten signatures, and never claims conformity while the quality check is pending.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.intake.sources import Sources
from archive.model import Finding, Rendition, RenditionRole
from config.errors import HoldReason, InputError
from config.settings import Settings
from ingest.road.step_input import Subject

FORMAT = 2
TR_VERSION = "1.5"
STATEMENT = (
    "Das elektronische Dokument wurde durch Einscannen eines Papierdokuments erzeugt. "
    "Es stimmt mit dem Papierdokument bildlich und inhaltlich überein."
)
CONVERSION = "Rechtlich maßgeblich ist das Original."
MADE_OF_ORIGINAL = "Die Lesefassung wurde aus der unverändert aufbewahrten Originaldatei erzeugt."
MADE_OF_OPENED = (
    "Die Lesefassung wurde aus einer mit Kennwort geöffneten Kopie erzeugt; die verschlüsselte "
    "Datei ist unverändert aufbewahrt."
)
MADE_OF_SUPPLEMENT = (
    "Die Lesefassung wurde nicht aus der zuerst angekommenen Datei erzeugt, sondern aus einer später "
    "nachgereichten. Beide sind unverändert aufbewahrt; dass sie inhaltlich übereinstimmen, ist "
    "damit nicht gesagt."
)
MADE_OF_UNKNOWN = (
    "Die Lesefassung wurde aus einer Arbeitskopie erzeugt, deren Herkunft nicht aufgezeichnet ist; "
    "das Original ist unverändert aufbewahrt."
)
COPY_DIFFERS, PAGE_COUNT = "COPY_DIFFERS", "PAGE_COUNT_MISMATCH"
COPY_NOT_COMPARED = "COPY_NOT_COMPARED"
SIGNED, NOT_DECIDED = "SIGNED_PDF_INSIDE", "SIGNATURE_NOT_DECIDED"
DIFFERING = (COPY_DIFFERS, PAGE_COUNT)  #: anomalies that speak against conformity
ANOMALIES = {  # findings that the note names, by their code there (evidence: A.NB.4 c)
    "scan.monochrome": "MONOCHROME_CAPTURE",
    "scan.low_dpi": "PROFILE_VIOLATION",
    "jbig2": "PROFILE_VIOLATION",
    "page.doubtful": "BLANK_PAGE",
    "page.unreadable": "ILLEGIBLE_PART",
    "ocr.page_failed": "ILLEGIBLE_PART",
    "ocr.uncertain": "ILLEGIBLE_PART",
    "page.righted": "ORIENTATION_CORRECTED",
    "page.straightened": "DESKEWED",
    "copy.differs": COPY_DIFFERS,
    "copy.page_count": PAGE_COUNT,
    "copy.not_compared": COPY_NOT_COMPARED,
    "signature": SIGNED,
    "pdf.einvoice": "EINVOICE_INSIDE",
}
NO_ANOMALIES = frozenset({"signature.unsigned"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What the road did to the document, for the note's list of steps."""

    name: str
    finished_at: datetime
    by: str  #: the person, or the service
    detail: Mapping[str, Any]

    def told(self, host: str) -> dict[str, Any]:
        """As it stands in the note."""
        return {
            "name": self.name,
            "finished_at": self.finished_at.isoformat(),
            "performed_by": self.by,
            "it_system": host,
            "attributes": dict(self.detail),
        }


def transfer_note(
    about: Subject,
    settings: Settings,
    *,
    note_id: str,
    steps: tuple[Made, ...],
    version: str,
    host: str,
) -> dict[str, Any]:
    """Version 1 of the note: of paper a transfer note, of a digital file a conversion note.

    Raises:
        InputError: nobody is named as creator; an organisation alone is not allowed (A.NB.4 a).
    """
    if not about.stream.person:
        raise InputError(
            HoldReason.NO_PERSON,
            f"{about.name}: für den Eingangsstrom „{about.item.stream}“ ist keine Person im Dienst "
            "eingetragen (streams."
            f"{about.item.stream}.person). Ein Transfervermerk nennt immer eine Person.",
        )
    note: dict[str, Any] = {
        "format": FORMAT,
        "tr_version": TR_VERSION,
        "kind": "transfer_note" if about.document.origin == "paper" else "conversion_note",
        "note_id": note_id,
        "note_version": 1,
        "supersedes": None,
        "document_id": about.document.id,
        "original_sha256": about.item.sha256,
        "source": source_of(about.sources),
        "supplements": [_supplement(each) for each in about.sources.supplements],
        "page_range": about.pages,
        "page_count": about.document.pages,
        **capture(about.sources, about.stream.person, about.item.received_at),
        "organisation": {
            "name": settings.county.name,
            "unit": settings.county.unit,
            "place": settings.county.place,
        },
        "procedure": about.procedure.model_dump(
            include={"title", "variant", "version", "released_on"}
        ),
        "protection_need": about.procedure.protection_need,
        "software": [{"name": "registratur", "version": version}],
        "time_source": "SYSTEM_CLOCK",
        "steps": [step.told(host) for step in steps],
        "anomalies": anomalies(about.item.findings, about.document.findings, about.pages),
    }
    is_paper = about.document.origin == "paper"
    note.update(_of_paper(about, steps) if is_paper else _of_digital(about))
    return note


def supplement(
    first: Mapping[str, Any],
    *,
    first_sha256: str,
    note_id: str,
    result: str,
    checked_by: str,
    checked_at: datetime,
    pages: list[dict[str, Any]],
    steps: tuple[Made, ...],
    host: str,
) -> dict[str, Any]:
    """The next version after a person looked at every page; ``steps``: since the one before."""
    passed = result == "passed"
    note = {key: value for key, value in first.items() if key != "conformity_statement"}
    note.update(
        note_id=note_id,
        note_version=int(first["note_version"]) + 1,
        supersedes=first_sha256,
        steps=[*first["steps"], *(step.told(host) for step in steps)],
        qa={
            "plan": "BY_CASE_HANDLING",
            "inspected": True,
            "result": result.upper(),
            "checked_by": checked_by,
            "checked_at": checked_at.isoformat(),
            "checks": pages,
        },
    )
    if first["kind"] == "transfer_note":
        note["conformity_statement"] = _judged(passed, checked_by, first.get("anomalies", ()))
    return note


def encode(note: Mapping[str, Any]) -> bytes:
    """The bytes that are kept, embedded and hashed: sorted, readable UTF-8 JSON."""
    return json.dumps(note, ensure_ascii=False, sort_keys=True, indent=1).encode()


def capture(files: Sources, person: str, received_at: datetime) -> dict[str, Any]:
    """Who captured, and when, the arrival that the document is made of; of a file that was handed
    in later not those of the first one, which stand beside it."""
    walks = files.walks
    first = {
        "captured_at": received_at.isoformat(),
        "creator": {"person_ref": person, "pseudonym": True, "role": "SCAN_OPERATOR"},
    }
    if walks.role is not RenditionRole.SUPPLEMENT:
        return first
    return {
        "captured_at": None if walks.created_at is None else walks.created_at.isoformat(),
        "creator": {
            "person_ref": walks.detail.get("supplied_by"),
            "pseudonym": False,
            "role": "SUPPLIER",
        },
        "first_arrival": first,
    }


def source_of(files: Sources) -> dict[str, Any]:
    """What the copy and its text were made from, and in words."""
    reads, walks = files.reads, files.walks
    opened = reads.role is RenditionRole.WORKING_COPY
    told = []
    if walks.role is RenditionRole.SUPPLEMENT:
        told.append(MADE_OF_SUPPLEMENT)
    if opened:
        told.append(MADE_OF_OPENED if reads.derived_from else MADE_OF_UNKNOWN)
    return {
        "role": reads.role.value,
        "sha256": reads.sha256,
        "derived_from": reads.derived_from,
        "opened": {
            "with": str(reads.detail.get("opened_with", "unknown")),
            "by": reads.detail.get("opened_by"),
            "at": None if reads.created_at is None else reads.created_at.isoformat(),
        }
        if opened
        else None,
        "statement": " ".join(told) or MADE_OF_ORIGINAL,
    }


def _supplement(kept: Rendition) -> dict[str, Any]:
    """A file handed in later: which, by whom, when and why."""
    return {
        "sha256": kept.sha256,
        "size": kept.size,
        "supplied_by": kept.detail.get("supplied_by"),
        "supplied_at": None if kept.created_at is None else kept.created_at.isoformat(),
        "reason": kept.detail.get("reason"),
    }


def _of_digital(about: Subject) -> dict[str, Any]:
    made = str(source_of(about.sources)["statement"])
    if about.sources.walks.role is RenditionRole.SUPPLEMENT:
        return {"statement": made}
    return {"statement": f"{made} {CONVERSION}"}


def _of_paper(about: Subject, steps: tuple[Made, ...]) -> dict[str, Any]:
    pages = about.document.pages or 0
    return {
        "device": about.stream.device or None,
        "workstation": about.stream.workstation or None,
        "original": {"kind": "unknown", "pages": pages},
        "qa": {"plan": "BY_CASE_HANDLING", "inspected": False, "result": "PENDING", "checks": []},
        # No cover sheet states what to expect: the counts are observed, the equation is not judged.
        "completeness": {
            "expected_sheets": None,
            "images": pages,
            "kept": pages,
            "blanks_removed": 0,
            "separators": 0,  # none among the document's own pages
            "stack": _stack(about, steps),
            "dropped_by_rescan": 0,
            "result": "NOT_STATED",
        },
        "conformity_statement": _conformity(holds=None, person=None),
    }


def _conformity(*, holds: bool | None, person: str | None) -> dict[str, Any]:
    return {"text": STATEMENT, "visual": holds, "content": holds, "person": person}


def _judged(passed: bool, person: str, found: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The person's word; a copy that was found to differ is not vouched for by it."""
    stated = [each for each in found if each["code"] in (*DIFFERING, COPY_NOT_COMPARED)]
    differs = any(each["code"] in DIFFERING for each in stated)
    statement = _conformity(holds=passed and not differs, person=person)
    if stated:
        statement["exceptions"] = [str(each["text"]) for each in stated]
    return statement


def _stack(about: Subject, steps: tuple[Made, ...]) -> dict[str, int | None] | None:
    """Of a document of a stack: pages, documents and separators of all of it (A.NB.3)."""
    if about.pages is None:
        return None
    counts = next((step.detail for step in reversed(steps) if "separators" in step.detail), {})
    return {key: counts.get(key) for key in ("pages", "documents", "separators")}


def anomalies(
    of_item: Iterable[Finding], of_document: Iterable[Finding], pages: tuple[int, int] | None
) -> list[dict[str, Any]]:
    """What was found of the document's own pages (``pages``: first and last of the file's)."""
    found = []
    for finding in (*(each for each in of_item if _is_of(each, pages)), *of_document):
        code = next((name for key, name in ANOMALIES.items() if finding.code.startswith(key)), None)
        if code == SIGNED and finding.detail.get("signed") is False:
            code = NOT_DECIDED
        if code and finding.code not in NO_ANOMALIES:
            found.append({"code": code, "page": finding.page, "text": finding.text})
    return found


def _is_of(finding: Finding, pages: tuple[int, int] | None) -> bool:
    """Whether a finding of the whole file is about the document's own pages of it."""
    named = finding.detail.get("pages") or ([finding.page] if finding.page is not None else [])
    return pages is None or not named or any(pages[0] <= page <= pages[1] for page in named)
