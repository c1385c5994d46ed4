"""Searches that somebody keeps, to be told of what comes to match."""

from __future__ import annotations

from dataclasses import dataclass

from archive.desk import saved_searches
from archive.desk.saved_searches import SavedSearch
from ingest.acts.act import Act, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveSearch(Act[SavedSearch]):
    """Keep a question; from now on new documents that match it are noted. One that is kept already
    is given back.

    Raises UsageError for what cannot be asked, Conflict where there are too many.
    """

    question: str

    def within(self, change: Transaction) -> SavedSearch:
        return saved_searches.save(change.session, change.by.reader, self.question, at=change.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetSearch(Act[None]):
    """Keep it no longer. Raises NotFound."""

    search_id: str

    def within(self, change: Transaction) -> None:
        saved_searches.forget(change.session, change.by.reader, self.search_id, at=change.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkHitsSeen(Act[None]):
    """All hits so far are seen; only later ones are new. Raises NotFound."""

    search_id: str

    def within(self, change: Transaction) -> None:
        saved_searches.look(change.session, change.by.reader, self.search_id, at=change.at)
