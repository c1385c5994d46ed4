"""What goes over the wire of work on files: cases, parts, follow-ups, history, filing by hand."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import ConfigDict, Field

from api.schemas.common import IsoDate, Wire
from archive.desk.follow_ups import FollowUp
from archive.efile.change_history import RecordChange
from archive.model import SubFile
from archive.views.file_details import Suggested, ToPlace

Subject = Field(min_length=1, max_length=300)


class FileIn(Wire):
    """A file to be begun; its mark follows the unit's pattern."""

    plan_unit: str = Field(min_length=1, max_length=80)
    subject: str = Subject
    department: str | None = Field(
        default=None, max_length=80, description="Other than the unit's own."
    )
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"plan_unit": "63.1", "subject": "Lindenweg 4, Neubau"}]}
    )


class CaseIn(Wire):
    title: str = Subject
    sub_file_id: str | None = Field(default=None, max_length=80)
    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "Bauantrag 2026"}]})


class SubFileIn(Wire):
    title: str = Subject
    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "Band 2"}]})


class SubFileOut(Wire):
    """A part of a file (Teilakte)."""

    id: str
    file_id: str
    number: int
    title: str
    state: str
    opened_on: date
    closed_on: date | None

    @classmethod
    def of(cls, part: SubFile) -> SubFileOut:
        return cls(
            id=part.id,
            file_id=part.file_id,
            number=part.number,
            title=part.title,
            state=part.state,
            opened_on=part.opened_on,
            closed_on=part.closed_on,
        )


class SubFileList(Wire):
    items: list[SubFileOut]


class FinalisedOut(Wire):
    documents: int = Field(description="How many were signed off now.")


class RecordChangeOut(Wire):
    """One change of a file, part, case or document in it."""

    object_type: str
    object_id: str
    field: str
    old: str | None
    new: str | None
    actor: str
    at: datetime
    remark: str | None

    @classmethod
    def of(cls, change: RecordChange) -> RecordChangeOut:
        return cls(
            object_type=change.object_type,
            object_id=change.object_id,
            field=change.field,
            old=change.old,
            new=change.new,
            actor=change.actor,
            at=change.at,
            remark=change.remark,
        )


class RecordChangeList(Wire):
    items: list[RecordChangeOut]


# ------------------------------------------------------------------ follow-ups
class FollowUpIn(Wire):
    due: IsoDate
    reason: str = Field(min_length=1, max_length=1000)
    case_id: str | None = Field(default=None, max_length=80)
    for_user: str | None = Field(
        default=None, max_length=80, description="null: the department of the file."
    )
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"due": "2026-12-01", "reason": "Gutachten da?"}]}
    )


class FollowUpMove(Wire):
    """Put off, or onto another open file; at least one of both."""

    due: IsoDate | None = None
    file_id: str | None = Field(default=None, min_length=1, max_length=80)
    model_config = ConfigDict(json_schema_extra={"examples": [{"due": "2026-12-15"}]})


class FollowUpOut(Wire):
    id: str
    file_id: str
    case_id: str | None
    for_user: str | None
    due: date
    reason: str
    made_by: str
    made_at: datetime
    done_by: str | None
    done_at: datetime | None

    @classmethod
    def of(cls, each: FollowUp) -> FollowUpOut:
        return cls(
            id=each.id,
            file_id=each.file_id,
            case_id=each.case_id,
            for_user=each.for_user,
            due=each.due,
            reason=each.reason,
            made_by=each.made_by,
            made_at=each.made_at,
            done_by=each.done_by,
            done_at=each.done_at,
        )


class FollowUpList(Wire):
    items: list[FollowUpOut]


# ------------------------------------------------------------------ filing by hand
class RefileIn(Wire):
    file_id: str = Field(min_length=1, max_length=80)
    case_id: str | None = Field(
        default=None,
        max_length=80,
        description="null: the file's one open case, else this month's.",
    )
    reason: str = Field(min_length=1, max_length=2000)
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"file_id": "f0192f0c1a2b40f1e2d3c4b5a6978800f", "reason": "Zeichen im Betreff"}
            ]
        }
    )


class SuggestedOut(Wire):
    """Another open file that a document names."""

    file_id: str
    file_mark: str
    subject: str
    confidence: float = Field(description="0 to 1.")
    page: int | None

    @classmethod
    def of(cls, each: Suggested) -> SuggestedOut:
        return cls(
            file_id=each.file.id,
            file_mark=each.file.file_mark,
            subject=each.file.subject,
            confidence=each.confidence,
            page=each.page,
        )


class ToPlaceOut(Wire):
    document_id: str
    title: str | None
    file_id: str | None
    file_mark: str | None
    received_on: date
    suggested: list[SuggestedOut]

    @classmethod
    def of(cls, each: ToPlace) -> ToPlaceOut:
        document = each.document
        return cls(
            document_id=document.id,
            title=document.title,
            file_id=document.file_id,
            file_mark=document.file_mark,
            received_on=document.received_on,
            suggested=[SuggestedOut.of(one) for one in each.suggested],
        )


class ToPlaceList(Wire):
    items: list[ToPlaceOut]
    next_cursor: str | None
