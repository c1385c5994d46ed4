"""``verify``: damage of every kind is named where it is; what was not looked at is no pass."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.audit.trail import ChainReport
from archive.db.database import Database
from archive.evidence import fixity
from archive.intake import items
from archive.intake.object_references import referenced, referenced_of
from archive.model import RenditionRole
from archive.stages import Stage
from archive.store.objects_folder import FolderStore
from archive.tables import schema
from config.errors import NotFound
from tests.contract.rig import Rig, rendition

WHOLE = {
    "original": "ok",
    "rendition": "ok",
    "note": "ok",
    "seal": "ok",
    "evidence_record": "pending",
    "record": "ok",
    "audit_chain": "ok",
}
SCAN, NOTE, TEXT = b"the sealed scan", b"the note", b"the text"


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects", fsync=False)


@pytest.fixture
def rig(database: Database, store: FolderStore) -> Iterator[Rig]:
    """``i-1`` is filed with scan, note and text."""
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        rig.item("i", b"original")
        (document,) = rig.walk_item("i")
        rig.walk_document(document, Stage.SEALED)
        for content, role in (
            (SCAN, RenditionRole.SCAN_PRODUCT),
            (NOTE, RenditionRole.TRANSFER_NOTE),
            (TEXT, RenditionRole.TEXT),
        ):
            items.add_rendition(session, "i", document, rendition(content, role), at=rig.at())
            store.put(io.BytesIO(content))
        store.put(io.BytesIO(b"original"))
        rig.walk_document(document)
        yield rig


def judge(rig: Rig, store: FolderStore, object_id: str = "i-1") -> dict[str, str]:
    return fixity.judge(rig.session, store, object_id, seal=lambda path: sealed(path))


def sealed(path: Path) -> str:
    return "ok" if path.read_bytes() == SCAN else "broken"


def damage(store: FolderStore, content: bytes) -> None:
    place = store.path(rendition(content).sha256)
    place.chmod(0o640)
    place.write_bytes(content[:-1] + b"!")


def test_a_whole_document(rig: Rig, store: FolderStore) -> None:
    parts = judge(rig, store)
    assert parts == WHOLE
    assert fixity.good(parts)


def test_a_seal_nobody_looked_at_is_no_pass(rig: Rig, store: FolderStore) -> None:
    parts = fixity.judge(rig.session, store, "i-1")
    assert parts == WHOLE | {"seal": "not_checked"}
    assert not fixity.good(parts)


def test_evidence_is_asked_for_once_it_is_built(rig: Rig, store: FolderStore) -> None:
    rig.session.execute(sa.update(schema.document).values(evidenced=True))
    assert judge(rig, store)["evidence_record"] == "not_checked"
    parts = fixity.judge(rig.session, store, "i-1", evidence=lambda _: "ok")
    assert parts["evidence_record"] == "ok"


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"original", {"original": "broken"}),
        (SCAN, {"rendition": "broken", "seal": "broken"}),
        (NOTE, {"note": "broken"}),
        (TEXT, {"rendition": "broken"}),
    ],
)
def test_damaged_bytes(rig: Rig, store: FolderStore, content: bytes, parts: dict[str, str]) -> None:
    damage(store, content)
    assert judge(rig, store) == WHOLE | parts
    assert not fixity.good(judge(rig, store))


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"original", {"original": "missing"}),
        (SCAN, {"rendition": "missing", "seal": "missing"}),
        (NOTE, {"note": "missing"}),
    ],
)
def test_lost_bytes(rig: Rig, store: FolderStore, content: bytes, parts: dict[str, str]) -> None:
    store.delete(rendition(content).sha256)
    assert judge(rig, store) == WHOLE | parts


@pytest.mark.parametrize(
    ("role", "part"), [("scan_product", "rendition"), ("transfer_note", "note")]
)
def test_a_record_that_forgot_a_rendition(
    rig: Rig, store: FolderStore, role: str, part: str
) -> None:
    table = schema.rendition
    rig.session.execute(sa.delete(table).where(table.c.role == role))
    assert judge(rig, store)[part] == "broken"


def test_a_record_that_names_another_original(rig: Rig, store: FolderStore) -> None:
    """Both objects are whole; the trail knows which of them came into custody."""
    other = store.put(io.BytesIO(b"something else"))
    session = rig.session
    on = " ON item" if session.get_bind().dialect.name == "postgresql" else ""
    session.execute(sa.text(f"DROP TRIGGER guard_item_original{on}"))
    session.execute(sa.update(schema.item).values(sha256=other.sha256))
    assert judge(rig, store)["original"] == "broken"


def test_a_broken_trail_vouches_for_nobody(rig: Rig, store: FolderStore) -> None:
    session = rig.session
    on = " ON audit_event" if session.get_bind().dialect.name == "postgresql" else ""
    session.execute(sa.text(f"DROP TRIGGER guard_audit_event_update{on}"))
    session.execute(sa.text("UPDATE audit_event SET reason = 'x' WHERE seq = 1"))
    assert judge(rig, store) == WHOLE | {"audit_chain": "broken"}


def test_the_trail_is_walked_once_for_many(rig: Rig, store: FolderStore) -> None:
    broken = ChainReport(ok=False, events=0, broken_at=1, why="x")
    parts = fixity.judge(rig.session, store, "i", chain=broken)
    assert parts["audit_chain"] == "broken"


def test_an_item_has_original_and_trail(rig: Rig, store: FolderStore) -> None:
    only = dict.fromkeys(WHOLE, "none") | {"original": "ok", "record": "ok", "audit_chain": "ok"}
    assert judge(rig, store, "i") == only
    rig.item("held", b"original")
    rig.hold("held")
    assert judge(rig, store, "held") == only
    assert fixity.good(only)
    with pytest.raises(NotFound):
        judge(rig, store, "nothing")


def test_a_later_note_is_judged_too(rig: Rig, store: FolderStore) -> None:
    note = rendition(b"note 2", RenditionRole.TRANSFER_NOTE, version=2)
    items.add_rendition(rig.session, "i", "i-1", note, at=rig.at())
    assert judge(rig, store)["note"] == "missing"
    store.put(io.BytesIO(b"note 2"))
    assert judge(rig, store) == WHOLE


def test_what_the_record_refers_to_survives_a_sweep(rig: Rig, store: FolderStore) -> None:
    copy = store.put(io.BytesIO(b"opened with a password")).sha256
    rig.session.execute(sa.update(schema.item).values(working_copy=copy))
    stray = store.put(io.BytesIO(b"of a step that failed")).sha256
    known = referenced(rig.session)
    assert store.sweep(partial(referenced_of, rig.session)) == (stray,)
    assert set(store.addresses()) == known
    # Kept, and told: no event says that anything was opened.
    assert judge(rig, store) == WHOLE | {"original": "broken"}
