"""``verify``: whether originals, copies, notes, seals and the trail still are what the record says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from archive import documents, items, listing
from archive.audit import check_chain
from archive.fixity import good, judge
from archive.model import RenditionRole
from config.errors import NotFound
from ingest.engines import Engines
from signing.seal import verify_data_seal, verify_seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The parts of one object, each ``ok|broken|missing|pending|none|not_checked``."""

    id: str
    parts: dict[str, str]

    @property
    def ok(self) -> bool:
        return good(self.parts)


def judge_all(engines: Engines) -> Iterator[Judgement]:
    """Every document, and every item that has none."""
    with engines.database.read() as session:
        found = [item.documents or (item.id,) for item in listing.operator_items(session)]
    yield from judge_these(engines, [object_id for group in found for object_id in group])


def judge_these(engines: Engines, ids: list[str]) -> Iterator[Judgement]:
    """These items and documents; an item stands for its documents.

    Raises:
        NotFound: an id is unknown.
    """
    with engines.database.read() as session:
        chain = check_chain(session)
    for object_id in ids:
        for part in _parts(engines, object_id):
            with engines.database.read() as session:
                parts = judge(
                    session,
                    engines.objects,
                    part,
                    seal=partial(_seal, engines, part),
                    chain=chain,
                )
            if parts["seal"] == "ok" and not _supplements_hold(engines, part):
                parts["seal"] = "broken"
            yield Judgement(id=part, parts=parts)


def _parts(engines: Engines, object_id: str) -> tuple[str, ...]:
    with engines.database.read() as session:
        try:
            return items.load_item(session, object_id).documents or (object_id,)
        except NotFound:
            return (documents.load_document(session, object_id).id,)


def _seal(engines: Engines, document_id: str, path: Path) -> str:
    """The seal must be by the very certificate that the record names."""
    with engines.database.read() as session:
        document = documents.load_document(session, document_id)
    product = [r for r in document.renditions if r.role is RenditionRole.SCAN_PRODUCT][-1]
    return verify_seal(path, frozenset({str(product.detail["certificate_sha256"])}))


def _supplements_hold(engines: Engines, document_id: str) -> bool:
    """Whether the seal over each supplement of the note holds."""
    with engines.database.read() as session:
        document = documents.load_document(session, document_id)
    for kept in document.renditions:
        if kept.role is not RenditionRole.NOTE_SEAL:
            continue
        note = engines.objects.path(str(kept.derived_from)).read_bytes()
        seal = engines.objects.path(kept.sha256).read_bytes()
        expected = frozenset({str(kept.detail["certificate_sha256"])})
        if verify_data_seal(note, seal, expected) != "ok":
            return False
    return True
