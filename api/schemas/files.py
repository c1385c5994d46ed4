"""What goes over the wire of e-files, their cases, and search."""

from __future__ import annotations

from datetime import date

from pydantic import ConfigDict, Field

from api.schemas.common import Total, Wire
from archive.model import Case, CaseFile
from ingest.index.searching import Found, FoundDocument
from search.query.parser import describe


class FragmentOut(Wire):
    text: str
    hit: bool


class HitOut(Wire):
    id: str
    document_id: str
    file_mark: str | None
    title: str | None
    page: int | None
    pages: list[int]
    score: float
    snippet: str = Field(description="The words around the best match, plain text.")
    fragments: list[FragmentOut] = Field(description="The snippet in pieces, hits marked.")

    @classmethod
    def of(cls, found: FoundDocument) -> HitOut:
        return cls(
            id=found.document.id,
            document_id=found.document.id,
            file_mark=found.document.file_mark,
            title=found.document.title,
            page=found.page,
            pages=list(found.pages),
            score=found.score,
            snippet="".join(part.text for part in found.fragments),
            fragments=[FragmentOut(text=part.text, hit=part.hit) for part in found.fragments],
        )


class BucketOut(Wire):
    value: str
    count: int


class SearchOut(Wire):
    total: int
    hits: list[HitOut]
    facets: dict[str, list[BucketOut]]
    next_cursor: str | None
    understood: str = Field(description="How the question was read, in German.")

    @classmethod
    def of(cls, answer: Found) -> SearchOut:
        return cls(
            total=answer.total,
            hits=[HitOut.of(found) for found in answer.hits],
            facets={
                name: [BucketOut(value=bucket.value, count=bucket.count) for bucket in buckets]
                for name, buckets in answer.facets.items()
            },
            next_cursor=answer.next_cursor,
            understood=describe(answer.query),
        )


class FileOut(Wire):
    id: str
    file_mark: str
    subject: str
    plan_unit: str
    department: str
    state: str
    opened_on: date
    closed_on: date | None
    retention_end: date | None = Field(description="Its last day; null while open or permanent.")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "f0192f0c1a2b40f1e2d3c4b5a6978800f",
                    "file_mark": "63.1/17/2026",
                    "subject": "Lindenweg 4, Neubau",
                    "plan_unit": "63.1",
                    "department": "bauamt",
                    "state": "CLOSED",
                    "opened_on": "2026-03-02",
                    "closed_on": "2026-11-22",
                    "retention_end": "2056-11-22",
                }
            ]
        }
    )

    @classmethod
    def of(cls, file: CaseFile) -> FileOut:
        return cls(
            id=file.id,
            file_mark=file.file_mark,
            subject=file.subject,
            plan_unit=file.plan_unit,
            department=file.department,
            state=file.state,
            opened_on=file.opened_on,
            closed_on=file.closed_on,
            retention_end=file.retention_end,
        )


class FileList(Wire):
    total: Total
    items: list[FileOut]
    next_cursor: str | None


class CaseOut(Wire):
    id: str
    file_id: str
    number: int
    title: str
    state: str
    closed_on: date | None
    sub_file_id: str | None

    @classmethod
    def of(cls, case: Case) -> CaseOut:
        return cls(
            id=case.id,
            file_id=case.file_id,
            number=case.number,
            title=case.title,
            state=case.state,
            closed_on=case.closed_on,
            sub_file_id=case.sub_file_id,
        )


class CaseList(Wire):
    items: list[CaseOut]
