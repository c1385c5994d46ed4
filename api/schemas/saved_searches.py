"""What goes over the wire of saved searches."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.common import Wire
from archive.desk.saved_searches import LONGEST, Noted, SavedSearch


class SavedSearchIn(Wire):
    question: str = Field(
        min_length=1,
        max_length=LONGEST,
        description="As on the search page.",
        examples=["Wohngeld eingang:2026"],
    )


class SavedSearchOut(Wire):
    id: str
    question: str
    made_at: datetime
    looked_at: datetime = Field(description="Hits that came later are new.")
    new: int = Field(description="New hits that you may read now.")

    @classmethod
    def of(cls, search: SavedSearch) -> SavedSearchOut:
        return cls(
            id=search.id,
            question=search.question,
            made_at=search.made_at,
            looked_at=search.looked_at,
            new=search.new,
        )


class SavedSearchList(Wire):
    items: list[SavedSearchOut]


class NotedOut(Wire):
    document_id: str
    title: str | None
    file_mark: str | None
    found_at: datetime
    new: bool

    @classmethod
    def of(cls, hit: Noted) -> NotedOut:
        return cls(
            document_id=hit.document.id,
            title=hit.document.title,
            file_mark=hit.document.file_mark,
            found_at=hit.found_at,
            new=hit.new,
        )


class NotedList(Wire):
    items: list[NotedOut]
