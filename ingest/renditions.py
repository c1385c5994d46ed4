"""Which of a document's renditions counts; alone, since whoever only searches needs no more of the road."""

from __future__ import annotations

from archive.model import Document, RenditionRole


def latest(document: Document, role: RenditionRole) -> str:
    """Address of the newest rendition of a role."""
    return [r.sha256 for r in document.renditions if r.role is role][-1]
