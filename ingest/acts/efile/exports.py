"""What leaves the archive with somebody: into the trail before it is handed over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from archive.audit.trail import append
from archive.model import Rendition
from ingest.acts.act import Act, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteExport(Act[None]):
    """A file of a document is handed to whoever was allowed to open it
    (api/content/document_access.py asks)."""

    document_id: str
    item_id: str
    rendition: Rendition

    def within(self, change: Transaction) -> None:
        append(
            change.session,
            at=change.at,
            by=change.by.actor,
            action="EXPORTED",
            object_type="document",
            object_id=self.document_id,
            object_sha256=self.rendition.sha256,
            correlation_id=self.item_id,
            detail={"role": self.rendition.role.value, "version": self.rendition.version},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteTrailExport(Act[None]):
    """The trail is handed out as a table, narrowed by these filters, to whoever may read it."""

    filters: Mapping[str, Any]

    def within(self, change: Transaction) -> None:
        append(
            change.session,
            at=change.at,
            by=change.by.actor,
            action="EXPORTED",
            object_type="trail",
            object_id="-",
            detail={
                key: value.isoformat() if isinstance(value, datetime) else value
                for key, value in self.filters.items()
                if value is not None
            },
        )
