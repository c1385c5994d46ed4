"""Whether the seal of a filed document still stands, and the seals over supplements of its note."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from archive.evidence.fixity import BROKEN, NOT_CHECKED, OK, Kept, Stood
from archive.model import RenditionRole
from archive.store.objects import ObjectStore
from signing.sealing.seal import verify_data_seal, verify_seal


def look_at_seal(objects: ObjectStore, one: Stood, sealed: Kept) -> str:
    """``ok|broken|not_checked``. It must be by the very certificate that the trail names.

    Raises MissingObject where a supplement of the note or its seal is gone.
    """
    told = [
        json.loads(event.detail)
        for event in one.events
        if event.action == "SEAL_APPLIED" and event.object_id == sealed.document_id
    ]
    certificate = told[-1].get("certificate_sha256") if told else None
    if certificate is None:
        return NOT_CHECKED
    verdict = verify_seal(objects.path(sealed.sha256), frozenset({str(certificate)}))
    if verdict == OK and not _supplements_hold(objects, one, sealed.document_id):
        return BROKEN
    return verdict


def _supplements_hold(objects: ObjectStore, one: Stood, document_id: str | None) -> bool:
    """Whether the seal over each supplement of the note holds."""
    for kept in one.kept:
        counts = kept.document_id == document_id and kept.superseded_at is None
        if not counts or kept.role != RenditionRole.NOTE_SEAL.value:
            continue
        note = objects.path(str(kept.derived_from)).read_bytes()
        seal = objects.path(kept.sha256).read_bytes()
        expected = frozenset({str(_detail(kept)["certificate_sha256"])})
        if verify_data_seal(note, seal, expected) != OK:
            return False
    return True


def _detail(kept: Kept) -> Mapping[str, Any]:
    """SQLite keeps JSON as a text."""
    found: Mapping[str, Any] = (
        json.loads(kept.detail) if isinstance(kept.detail, str) else kept.detail
    )
    return found
