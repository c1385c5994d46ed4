"""What ``ingest`` and ``status`` say of an item; file names and facts, no content, no titles."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from archive.intake import documents, items
from archive.model import Document, Finding, Item
from archive.views import listing


def ingested(session: Session, source: str, item_id: str) -> dict[str, Any]:
    """One row of ``ingest --json``."""
    item = items.load_item(session, item_id)
    parts = documents.documents_of(session, item_id)
    return {
        "source": source,
        "id": item.id,
        "sha256": item.sha256,
        "outcome": item.outcome,
        "reason": reason_of(item, parts),
        "waiting_for": item.waiting_for,
        "findings": [finding(found) for found in item.findings],
        "documents": [_document(session, part) for part in parts],
        "duplicate_of": item.duplicate_of,
    }


def listed(item: Item, parts: tuple[Document, ...]) -> dict[str, Any]:
    """One row of ``status --json``."""
    return {
        "id": item.id,
        "source": item.source,
        "sha256": item.sha256,
        "stream": item.stream,
        "stage": item.stage,
        "outcome": item.outcome,
        "reason": reason_of(item, parts),
        "waiting_for": item.waiting_for,
        "received_at": item.received_at.isoformat(),
        "documents": list(item.documents),
    }


def reason_of(item: Item, parts: tuple[Document, ...]) -> str | None:
    """Why it is held, rejected or a duplicate, of the item or of its documents."""
    if item.held_text:
        return item.held_text
    if item.duplicate_of:
        return f"Duplikat von {item.duplicate_of}"
    texts = [part.held_text for part in parts if part.held_text]
    return "; ".join(texts) or None


def finding(found: Finding) -> dict[str, Any]:
    return {
        "code": found.code,
        "text": found.text,
        "severity": found.severity,
        "page": found.page,
    }


def _document(session: Session, document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "file_mark": document.file_mark,
        "pages": document.pages,
        "stage": document.stage,
        "findings": [finding(found) for found in document.findings],
        "stages": _stages(session, document.id),
    }


def _stages(session: Session, object_id: str) -> list[dict[str, Any]]:
    """Each stage with the seconds since the event before it."""
    events = listing.operator_history(session, object_id)
    steps = []
    for before, event in pairwise(events):
        reached = event.detail.get("to")
        if reached:
            seconds = round((event.at - before.at).total_seconds(), 3)
            steps.append({"name": reached, "seconds": seconds})
    return steps
