"""What goes over the wire. Not the archive's model: it may change without changing this."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from api.content.document_access import View
from archive.model import (
    Document,
    Finding,
    HistoryEntry,
    Item,
    Rendition,
    RenditionRole,
    Severity,
)
from archive.office_calendar import OFFICE
from archive.stages import Outcome, Stage
from config.errors import HoldReason

Identifier = str
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ISO_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ].+")


def _is_written(form: re.Pattern[str]) -> Callable[[Any], Any]:
    """Refuses numbers, which would be taken as seconds since 1970."""

    def check(value: Any) -> Any:
        written = isinstance(value, str) and form.fullmatch(value) is not None
        if not written and value is not None and not isinstance(value, date):
            raise ValueError("is not written as ISO 8601")
        return value

    return check


def _in_calendar(value: datetime) -> datetime:
    """The same time, where it has one in UTC; a time without zone is taken as the office's."""
    try:
        (value if value.tzinfo else value.replace(tzinfo=OFFICE)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("lies beyond the ends of the calendar") from error
    return value


IsoDate = Annotated[date, BeforeValidator(_is_written(_ISO_DATE))]
IsoTime = Annotated[datetime, BeforeValidator(_is_written(_ISO_TIME)), AfterValidator(_in_calendar)]


def _without_nul(value: Any) -> Any:
    """PostgreSQL takes no text with NUL in it, and no person writes one."""
    if isinstance(value, dict) and any(
        "\x00" in each for each in value.values() if isinstance(each, str)
    ):
        raise ValueError("contains NUL")
    return value


class Wire(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    _texts = model_validator(mode="before")(_without_nul)


class ProblemOut(Wire):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    correlation_id: str | None = None
    errors: list[dict[str, str]] | None = None

    model_config = ConfigDict(extra="forbid", frozen=True)


class FindingOut(Wire):
    code: str
    text: str
    severity: Severity
    page: int | None

    @classmethod
    def of(cls, found: Finding) -> FindingOut:
        return cls(code=found.code, text=found.text, severity=found.severity, page=found.page)


class ItemOut(Wire):
    """One arrived file and where it stands."""

    id: str
    source: str = Field(description="Name or path as given, printable.")
    sha256: str
    reads: str = Field(
        description="Address of what its documents are made of: sha256, or a file handed in later, "
        "or a copy opened with a password."
    )
    size: int
    stream: str
    department: str
    stage: Stage
    outcome: Outcome | None = Field(description="null while it or one of its documents walks.")
    reason: str | None = Field(description="Why it is held, for people.")
    held_reason: HoldReason | None
    waiting_for: str | None
    duplicate_of: str | None
    received_at: datetime
    received_by: str
    documents: list[Identifier]
    findings: list[FindingOut]

    @classmethod
    def of(cls, item: Item) -> ItemOut:
        return cls(
            id=item.id,
            source=item.source,
            sha256=item.sha256,
            reads=item.working_copy or item.sha256,
            size=item.size,
            stream=item.stream,
            department=item.department,
            stage=item.stage,
            outcome=item.outcome,
            reason=item.held_text,
            held_reason=item.held_reason,
            waiting_for=item.waiting_for,
            duplicate_of=item.duplicate_of,
            received_at=item.received_at,
            received_by=item.received_by,
            documents=list(item.documents),
            findings=[FindingOut.of(found) for found in item.findings],
        )


Total = Annotated[
    int, Field(description="Counted up to 1,000; 1,001 says that there are more than that.")
]


class ItemList(Wire):
    total: Total
    items: list[ItemOut]
    next_cursor: str | None


class RenditionOut(Wire):
    role: RenditionRole
    version: int
    sha256: str
    size: int
    media_type: str
    file_name: str
    derived_from: str | None
    created_at: datetime | None
    supplied_by: str | None = Field(description="Who handed it in, of a supplement.")
    reason: str | None = Field(description="Why it was handed in, of a supplement.")

    @classmethod
    def of(cls, rendition: Rendition) -> RenditionOut:
        return cls(
            role=rendition.role,
            version=rendition.version,
            sha256=rendition.sha256,
            size=rendition.size,
            media_type=rendition.media_type,
            file_name=rendition.file_name,
            derived_from=rendition.derived_from,
            created_at=rendition.created_at,
            supplied_by=rendition.detail.get("supplied_by"),
            reason=rendition.detail.get("reason"),
        )


class DocumentOut(Wire):
    """One document. Title, sender and date are null for those who may not see its content."""

    id: str
    item_id: str
    revision: int = Field(description="Goes up with every change; sent back with a correction.")
    stage: Stage
    department: str
    stream: str
    received_on: date
    pages: int | None
    title: str | None
    sender: str | None
    letter_date: date | None
    document_class: str | None
    origin: str | None
    file_id: str | None
    file_mark: str | None
    case_id: str | None
    qa: str | None
    evidenced: bool
    reason: str | None
    held_reason: HoldReason | None
    findings: list[FindingOut]
    renditions: list[RenditionOut]

    @classmethod
    def of(cls, document: Document, renditions: tuple[Rendition, ...] | None = None) -> DocumentOut:
        shown = document.renditions if renditions is None else renditions
        return cls(
            id=document.id,
            item_id=document.item_id,
            revision=document.revision,
            stage=document.stage,
            department=document.department,
            stream=document.stream,
            received_on=document.received_on,
            pages=document.pages,
            title=document.title,
            sender=document.sender,
            letter_date=document.letter_date,
            document_class=document.document_class,
            origin=document.origin,
            file_id=document.file_id,
            file_mark=document.file_mark,
            case_id=document.case_id,
            qa=document.qa,
            evidenced=document.evidenced,
            reason=document.held_text,
            held_reason=document.held_reason,
            findings=[FindingOut.of(found) for found in document.findings],
            renditions=[RenditionOut.of(rendition) for rendition in shown],
        )

    @classmethod
    def of_view(cls, view: View) -> DocumentOut:
        return cls.of(view.document, view.renditions if view.evidence else ())


class DocumentList(Wire):
    total: Total
    items: list[DocumentOut]
    next_cursor: str | None


class PageTextOut(Wire):
    number: int
    text: str
    source: str = Field(description="ocr, text (the file's own) or none.")
    confidence: float = Field(description="Mean over letters, 0 to 100.")


class TextOut(Wire):
    document_id: str
    pages: list[PageTextOut]


class ReportOut(Wire):
    role: RenditionRole
    version: int
    sha256: str
    media_type: str
    file_name: str
    derived_from: str | None = Field(description="Address of the file that it is about.")
    content: Any = Field(description="The report itself where it is JSON, else null.")


class ReportList(Wire):
    items: list[ReportOut]


class HistoryOut(Wire):
    at: datetime
    actor: str
    action: str
    outcome: str
    reason: str | None
    detail: dict[str, Any]

    @classmethod
    def of(cls, entry: HistoryEntry) -> HistoryOut:
        return cls(
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            outcome=entry.outcome,
            reason=entry.reason,
            detail=dict(entry.detail),
        )


class HistoryList(Wire):
    items: list[HistoryOut]


class Correction(Wire):
    """Fields that are left out stay as they are; null empties sender or letter_date."""

    revision: int = Field(
        strict=True, ge=0, le=2**53, description="The revision that was looked at."
    )
    title: str | None = Field(default=None, max_length=300)
    sender: str | None = Field(default=None, max_length=300)
    letter_date: IsoDate | None = None
    received_on: IsoDate | None = None
    remark: str | None = Field(default=None, max_length=1000)
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"revision": 3, "title": "Bauantrag Lindenweg 4", "letter_date": "2026-02-27"}
            ]
        }
    )


class PageLookIn(Wire):
    page: int = Field(strict=True, ge=1, le=1_000_000)
    ok: bool = Field(strict=True)
    remark: str = Field(default="", max_length=1000)


class QaIn(Wire):
    pages: list[PageLookIn] = Field(min_length=1, max_length=10_000)
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"pages": [{"page": 1, "ok": True}, {"page": 2, "ok": False, "remark": "schief"}]}
            ]
        }
    )


class QaOut(Wire):
    result: Literal["passed", "failed"]


class Reason(Wire):
    reason: str = Field(min_length=1, max_length=2000)
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Neu gescannt"}]})


class RedirectIn(Reason):
    department: str = Field(min_length=1, max_length=80)
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"department": "jugendamt", "reason": "Falsche Abteilung"}]}
    )


class PasswordIn(Wire):
    password: str = Field(min_length=1, max_length=500)
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"password": "vom Absender genannt"}]}
    )


class HeldList(Wire):
    items: list[ItemOut]
    documents: list[DocumentOut]
    next_cursor: str | None
