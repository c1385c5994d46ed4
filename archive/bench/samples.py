"""The samples: one of everything that becomes of files, people and documents in a county.

Names between two ``@`` are those that each copy has other ones for. Findings, renditions and events
are those that the road writes for a letter of one page (ingest/pipeline.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique

from sqlalchemy.orm import Session

from archive.audit.trail import Actor
from archive.bench.traces import Recorder, Trace
from archive.efile import file_reference, files, filing
from archive.intake import documents, items
from archive.intake.documents import NewDocument
from archive.intake.items import NewItem
from archive.model import Finding, Grant, PlanUnit, Rendition, RenditionRole, Role, Severity
from archive.people import accounts
from archive.stages import Stage
from archive.views.file_details import SUGGESTED
from config.errors import HoldReason

MACHINE = Actor(user="service")
CLERK = Actor(user="@clerk@")
UNIT, PLAN, STREAM = "@unit@", "@plan@", "@stream@"
ITEM, DOCUMENT = "@item@", "@document@"
FILE, CASE, FILE_MARK, MARK_KEY = "@file@", "@case@", "@mark@", "@markkey@"
ORIGINAL, TITLE, SUBJECT, CLOSED = "@original@", "@title@", "@subject@", "@closed@"
OTHER = "@other@"  #: the document that another one is a duplicate of
YEARS = 10  #: retention of every unit of the plan


@unique
class Kind(StrEnum):
    """What became of an item."""

    FILED = "filed"  #: nobody has looked at its pages yet
    CHECKED = "checked"  #: a clerk has
    FAILED = "failed"  #: a clerk has, and found a fault
    SUGGESTED = "suggested"  #: filed, and names another file as well
    KEEPS_PAPER = "keeps_paper"  #: filed, with findings that block the destruction of its paper
    HELD = "held"  #: before it was separated
    HELD_PART = "held_part"  #: its document is held
    AWAITING_QA = "awaiting_qa"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    WALKING = "walking"


FILED = frozenset({Kind.FILED, Kind.CHECKED, Kind.FAILED, Kind.SUGGESTED, Kind.KEEPS_PAPER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """A trace of each kind, and of what has to be there before."""

    user: Trace
    file: Trace
    closed_file: Trace  #: in a closed compartment
    items: Mapping[Kind, Trace]
    closed_item: Trace  #: filed there


def walk(recorder: Recorder) -> Samples:
    """One of each, in an empty record."""
    recorder.act(_county)
    recorder.trace("county")
    user = _user(recorder)
    file, case, open_trace = _file(recorder, None)
    closed_file, closed_case, closed_trace = _file(recorder, CLOSED)
    walked = {kind: _item(recorder, kind, kind, file, case) for kind in Kind}
    closed = _item(recorder, Kind.FILED, "closed", closed_file, closed_case, compartment=CLOSED)
    return Samples(
        user=user, file=open_trace, closed_file=closed_trace, items=walked, closed_item=closed
    )


def _county(session: Session) -> None:
    files.ensure_unit(session, UNIT, UNIT)
    files.ensure_plan_unit(
        session,
        PlanUnit(
            code=PLAN,
            parent=None,
            title=PLAN,
            department=UNIT,
            retention_years=YEARS,
            disposal_code="B",
            protection_need="NORMAL",
        ),
    )


def _user(recorder: Recorder) -> Trace:
    at = recorder.at()
    recorder.act(lambda s: accounts.add_user(s, "u-user.", "@name@", by=MACHINE, at=at))
    grant = Grant(role=Role.CASE_WORKER, department=UNIT)
    recorder.act(lambda s: accounts.grant_role(s, "u-user.", grant, by=MACHINE, at=recorder.at()))
    return recorder.trace("user").renamed({"u-user.": "@user@"})


def _file(recorder: Recorder, compartment: str | None) -> tuple[str, str, Trace]:
    """An open file with one case, both opened in one transaction as the road does."""

    def opened(session: Session) -> tuple[str, str, str, str]:
        at = recorder.at()
        file = files.open_file(
            session, PLAN, UNIT, SUBJECT, by=MACHINE, at=at, compartment=compartment
        )
        case = files.open_case(session, file.id, "Eingang", by=MACHINE, at=at)
        return file.id, case.id, file.file_mark, file_reference.compact(file.file_mark)

    file_id, case_id, mark, mark_key = recorder.act(opened)
    names = {file_id: FILE, case_id: CASE, mark: FILE_MARK, mark_key: MARK_KEY}
    return file_id, case_id, recorder.trace("file").renamed(names)


# ------------------------------------------------------------------ items and their documents
def _item(
    recorder: Recorder,
    kind: Kind,
    name: str,
    file_id: str,
    case_id: str,
    *,
    compartment: str | None = None,
) -> Trace:
    """An item under its own name, so that none is a duplicate unless it shall be."""
    walked = _Walk(recorder, kind, name, case_id, compartment)
    walked.go()
    names = {
        f"d-{Kind.FILED}.": OTHER,  # what a duplicate repeats; its own name where it is that one
        walked.item: ITEM,
        walked.document: DOCUMENT,
        walked.sha256: ORIGINAL,
        file_id: FILE,
        case_id: CASE,
    }
    return recorder.trace(name).renamed(names)


@dataclass(slots=True)
class _Walk:
    """One item on its way to what shall become of it."""

    recorder: Recorder
    kind: Kind
    name: str
    case_id: str
    compartment: str | None

    @property
    def item(self) -> str:
        return f"i-{self.name}."

    @property
    def document(self) -> str:
        return f"d-{self.name}."

    @property
    def sha256(self) -> str:
        return f"s-{Kind.FILED if self.kind is Kind.DUPLICATE else self.name}."

    def go(self) -> None:
        self._arrive()
        if self.kind is Kind.DUPLICATE:
            self._do(lambda s, at: items.mark_duplicate(
                s, self.item, f"d-{Kind.FILED}.", by=MACHINE, at=at
            ))  # fmt: skip
            return
        if self.kind is Kind.HELD:
            self._do(lambda s, at: items.hold_item(
                s, self.item, HoldReason.UNREADABLE, "Die Datei ist nicht lesbar.", by=MACHINE, at=at
            ))  # fmt: skip
            return
        self._check()
        if self.kind is Kind.WALKING:
            return
        self._verify()
        self._separate()
        self._recognise()
        if self.kind in (Kind.HELD_PART, Kind.REJECTED):
            self._hold_part()
            return
        self._preserve()
        self._note()
        if self.kind is Kind.AWAITING_QA:
            self._advance(Stage.NOTED, Stage.AWAITING_QA, "QA_SELECTED", (), {})
            return
        self._seal()
        self._file()
        if self.kind in (Kind.CHECKED, Kind.FAILED):
            self._look()

    # -------------------------------------------------------------- the item's own steps
    def _arrive(self) -> None:
        new = NewItem(
            id=self.item,
            source="@source@",
            source_bytes=b"scan.pdf",
            sha256=self.sha256,
            size=130_871,
            stream=STREAM,
            department=UNIT,
            compartment=self.compartment,
            received_by="poststelle",
            media_type="application/pdf",
            file_name="@source@",
        )
        self._do(lambda s, at: items.open_item(s, new, by=MACHINE, at=at))

    def _check(self) -> None:
        found = Finding(
            code="malware.not_scanned",
            text="Nicht auf Schadsoftware geprüft (kein Virenscanner eingerichtet).",
        )
        detail = {"digital": False, "kind": "pdf", "malware": "none", "pages": 1}
        self._step(Stage.RECEIVED, Stage.CHECKED, "CHECKED", detail, findings=(found,))

    def _verify(self) -> None:
        report = _rendition(RenditionRole.SIGNATURE_REPORT, "@signatures@", "signaturpruefung.json")
        detail = {"conclusion": "unsigned", "reading": "strict", "signatures": 0}
        self._step(Stage.CHECKED, Stage.VERIFIED, "SIGNATURE_CHECKED", detail, kept=(report,))

    def _separate(self) -> None:
        part = NewDocument(
            id=self.document, position=1, first_page=None, last_page=None, origin="paper", pages=1
        )

        def separate(session: Session) -> None:
            at = self.recorder.at()
            items.advance_item(
                session,
                self.item,
                Stage.VERIFIED,
                Stage.SEPARATED,
                by=MACHINE,
                at=at,
                action="SPLIT_DONE",
                detail={"documents": 1, "pages": 1, "separators": 0},
            )
            documents.open_documents(session, self.item, [part], by=MACHINE, at=at)

        self.recorder.act(separate)

    def _step(
        self,
        begins: Stage,
        ends: Stage,
        action: str,
        detail: Mapping[str, object],
        *,
        findings: Iterable[Finding] = (),
        kept: Iterable[Rendition] = (),
    ) -> None:
        def take(session: Session) -> None:
            at = self.recorder.at()
            items.advance_item(
                session, self.item, begins, ends, by=MACHINE, at=at, action=action, detail=detail
            )
            items.add_findings(session, self.item, None, findings)
            for each in kept:
                items.add_rendition(session, self.item, None, each, at=at)

        self.recorder.act(take)

    # -------------------------------------------------------------- the document's steps
    def _recognise(self) -> None:
        text = _rendition(RenditionRole.TEXT, "@text@", "text.json")
        values = {"title": TITLE, "letter_date": self.recorder.at().date()}
        low = Finding(
            code="ocr.low_confidence", text="Die Seite ist schlecht lesbar.", page=1,
            severity=Severity.WARNING,
        )  # fmt: skip
        found = (low,) if self.kind in (Kind.KEEPS_PAPER, Kind.FAILED) else ()
        self._advance(Stage.SEPARATED, Stage.RECOGNISED, "OCR_DONE", (text,), values, found)

    def _hold_part(self) -> None:
        self._do(lambda s, at: documents.hold_document(
            s, self.document, HoldReason.NO_PERSON, "Keine Person eingetragen.", by=MACHINE, at=at
        ))  # fmt: skip
        if self.kind is Kind.REJECTED:
            self._do(lambda s, at: documents.reject_document(
                s, self.document, reason="Werbung", by=CLERK, at=at
            ))  # fmt: skip

    def _preserve(self) -> None:
        report = _rendition(RenditionRole.PDFA_REPORT, "@report@", "pdfa-pruefung.json")
        blocks = Finding(
            code="scan.monochrome", text="Die Seite wurde schwarz-weiß gescannt.", page=1,
            severity=Severity.BLOCKS_DESTRUCTION,
        )  # fmt: skip
        found = (blocks,) if self.kind is Kind.KEEPS_PAPER else ()
        self._advance(Stage.RECOGNISED, Stage.PRESERVED, "NORMALISED", (report,), {}, found)

    def _note(self) -> None:
        note = _rendition(RenditionRole.TRANSFER_NOTE, "@note@", "transfervermerk.json")
        self._advance(Stage.PRESERVED, Stage.NOTED, "NOTE_CREATED", (note,), {"qa": "pending"})

    def _seal(self) -> None:
        product = _rendition(RenditionRole.SCAN_PRODUCT, "@product@", "scan.pdf")
        self._advance(Stage.NOTED, Stage.SEALED, "SEAL_APPLIED", (product,), {})

    def _file(self) -> None:
        if self.kind is Kind.SUGGESTED:
            named = Finding(
                code=SUGGESTED, text="Seite 1 nennt ein Aktenzeichen (60 %).", page=1,
                detail={"file_id": "@otherfile@", "confidence": 0.6},
            )  # fmt: skip
            self.recorder.act(lambda s: items.add_findings(s, self.item, self.document, [named]))
        self._do(lambda s, at: filing.file_document(
            s, self.document, case_id=self.case_id, by=MACHINE, at=at
        ))  # fmt: skip

    def _look(self) -> None:
        result = "passed" if self.kind is Kind.CHECKED else "failed"
        pages = [{"page": 1, "ok": self.kind is Kind.CHECKED, "remark": ""}]
        self._do(lambda s, at: documents.record_qa(
            s, self.document, result=result, pages=pages, note_sha256=None, by=CLERK, at=at
        ))  # fmt: skip

    def _advance(
        self,
        begins: Stage,
        ends: Stage,
        action: str,
        kept: Iterable[Rendition],
        values: Mapping[str, object],
        findings: Iterable[Finding] = (),
    ) -> None:
        def take(session: Session) -> None:
            at = self.recorder.at()
            for each in kept:
                items.add_rendition(session, self.item, self.document, each, at=at)
            items.add_findings(session, self.item, self.document, findings)
            documents.advance_document(
                session, self.document, begins, ends, by=MACHINE, at=at, action=action,
                detail={"pages": 1}, values=values,
            )  # fmt: skip

        self.recorder.act(take)

    def _do(self, what: Callable[[Session, datetime], object]) -> None:
        self.recorder.act(lambda session: what(session, self.recorder.at()))


def _rendition(role: RenditionRole, sha256: str, file_name: str) -> Rendition:
    return Rendition(
        role=role,
        sha256=sha256,
        size=8_263,
        media_type="application/pdf" if file_name.endswith(".pdf") else "application/json",
        file_name=file_name,
        derived_from=ORIGINAL,
    )
