"""What goes over the wire of break-glass, closed compartments and resolved pseudonyms."""

from __future__ import annotations

from datetime import datetime

from pydantic import ConfigDict, Field

from api.schemas.common import Wire
from archive.people.break_glass import LEAST_REASON, Glass, Reading
from archive.people.compartments import Member
from archive.people.pseudonym_resolutions import Resolution


class GlassIn(Wire):
    """Open a closed file for reading."""

    file_mark: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=LEAST_REASON, max_length=2000)
    minutes: int = Field(strict=True, ge=1, le=480)
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "file_mark": "11.2/3/2026",
                    "reason": "Unfall eines Kollegen, Angehörige zu verständigen",
                    "minutes": 30,
                }
            ]
        }
    )


class GlassOut(Wire):
    """One access. `justified` is null until a second person has looked."""

    id: str
    user: str
    file_id: str
    file_mark: str
    reason: str
    opened_at: datetime
    ends_at: datetime
    seen_by: str | None
    seen_at: datetime | None
    justified: bool | None
    remark: str | None

    @classmethod
    def of(cls, glass: Glass) -> GlassOut:
        return cls(
            id=glass.id,
            user=glass.user_id,
            file_id=glass.file_id,
            file_mark=glass.file_mark,
            reason=glass.reason,
            opened_at=glass.opened_at,
            ends_at=glass.ends_at,
            seen_by=glass.seen_by,
            seen_at=glass.seen_at,
            justified=glass.justified,
            remark=glass.remark,
        )


class GlassList(Wire):
    items: list[GlassOut]


class ReadingOut(Wire):
    document_id: str
    at: datetime

    @classmethod
    def of(cls, reading: Reading) -> ReadingOut:
        return cls(document_id=reading.document_id, at=reading.at)


class GlassToReview(Wire):
    access: GlassOut
    readings: list[ReadingOut] = Field(description="What was opened through it.")


class GlassReviews(Wire):
    items: list[GlassToReview]


class ReviewIn(Wire):
    """What was not justified needs a remark."""

    justified: bool = Field(strict=True)
    remark: str = Field(default="", max_length=2000)
    model_config = ConfigDict(json_schema_extra={"examples": [{"justified": True}]})


# ------------------------------------------------------------------ compartments
class MemberOut(Wire):
    user: str
    purpose: str | None = Field(description="null: let in before a purpose was asked for.")
    granted_by: str | None
    granted_at: datetime | None

    @classmethod
    def of(cls, member: Member) -> MemberOut:
        return cls(
            user=member.user,
            purpose=member.purpose,
            granted_by=member.granted_by,
            granted_at=member.granted_at,
        )


class CompartmentOut(Wire):
    id: str
    within: str | None = Field(description="Open only to members of that one as well.")
    members: list[MemberOut]


class CompartmentList(Wire):
    items: list[CompartmentOut]


class MemberIn(Wire):
    user: str = Field(min_length=1, max_length=80)
    purpose: str = Field(min_length=1, max_length=1000)
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"user": "mueller", "purpose": "Personalsachbearbeitung"}]}
    )


# ------------------------------------------------------------------ pseudonyms
class ResolveIn(Wire):
    pseudonym: str = Field(min_length=1, max_length=200)
    reason: str = Field(min_length=1, max_length=2000)
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"pseudonym": "Person 17", "reason": "Beweisbeschluss 3 K 112/26"}]
        }
    )


class ResolvedOut(Wire):
    pseudonym: str
    real_name: str | None = Field(description="null: never recorded.")


class ResolutionOut(Wire):
    id: str
    pseudonym: str
    user: str
    reason: str
    at: datetime
    seen_by: str | None
    seen_at: datetime | None
    justified: bool | None
    remark: str | None

    @classmethod
    def of(cls, each: Resolution) -> ResolutionOut:
        return cls(
            id=each.id,
            pseudonym=each.pseudonym,
            user=each.user_id,
            reason=each.reason,
            at=each.at,
            seen_by=each.seen_by,
            seen_at=each.seen_at,
            justified=each.justified,
            remark=each.remark,
        )


class ResolutionList(Wire):
    items: list[ResolutionOut]
