"""A retry deletes nothing: what an earlier attempt made is kept, named, and goes by a purge alone."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.audit.trail import check_chain
from archive.db import rows
from archive.db.database import Database
from archive.evidence import fixity
from archive.intake import documents, earlier_attempts, items, object_references
from archive.model import Finding, Reader, RenditionRole, Role
from archive.stages import Stage
from archive.store.objects_folder import FolderStore
from archive.tables import schema
from archive.views import listing
from config.errors import Conflict, Forbidden, HoldReason, UsageError
from tests.contract.rig import MACHINE, PERSON, Rig, reader, rendition

MANAGER = Reader(user="registratur", grants=reader((Role.RECORDS_MANAGER, None, None)).grants)
OLD_TEXT, NEW_TEXT, SCAN = b"read at first", b"read again", b"sealed"


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects", fsync=False)


@pytest.fixture
def rig(database: Database) -> Iterator[Rig]:
    with database.write() as session:
        made = Rig(session)
        made.county()
        yield made
        assert check_chain(session).ok


def retried(rig: Rig, store: FolderStore, item_id: str = "i") -> str:
    """A document whose text was read twice; it is filed with the second."""
    rig.item(item_id)
    store.put(io.BytesIO(item_id.encode()))
    (document,) = rig.walk_item(item_id)
    rig.walk_document(document, Stage.RECOGNISED)
    keep(rig, store, document, OLD_TEXT)
    found = [Finding(code="ocr.uncertain", text="unsicher")]
    items.add_findings(rig.session, item_id, document, found)
    at = rig.at()
    documents.hold_document(rig.session, document, HoldReason.CHILD_DIED, "tot", by=MACHINE, at=at)
    # The step that begins at "recognised" is what made the text here.
    documents.release_document(
        rig.session, document, to=Stage.SEPARATED, reason="nochmals", by=PERSON, at=rig.at()
    )
    rig.walk_document(document, Stage.RECOGNISED)
    keep(rig, store, document, NEW_TEXT)
    rig.walk_document(document)
    return document


def keep(
    rig: Rig,
    store: FolderStore,
    document: str,
    data: bytes,
    role: RenditionRole = RenditionRole.TEXT,
) -> None:
    store.put(io.BytesIO(data))
    item_id = documents.load_document(rig.session, document).item_id
    items.add_rendition(rig.session, item_id, document, rendition(data, role), at=rig.at())


def address(data: bytes) -> str:
    return rendition(data).sha256


def sweep(rig: Rig, store: FolderStore) -> tuple[str, ...]:
    return store.sweep(
        partial(object_references.referenced_of, rig.session),
        promised=partial(object_references.promised, rig.session),
    )


def test_what_counts_is_what_the_last_attempt_made(rig: Rig, store: FolderStore) -> None:
    document = retried(rig, store)
    loaded = documents.load_document(rig.session, document)
    assert [made.sha256 for made in loaded.renditions] == [address(NEW_TEXT)]
    assert loaded.findings == () and loaded.attempt == 2
    filed = [
        entry.detail["renditions"]
        for entry in listing.operator_history(rig.session, document)
        if entry.action == "FILED"
    ]
    assert filed == [[["text", 1, address(NEW_TEXT)]]]


def test_the_attempt_before_is_kept_with_who_made_it_anew_and_when(
    rig: Rig, store: FolderStore
) -> None:
    document = retried(rig, store)
    (before,) = earlier_attempts.of_item(rig.session, "i")
    assert before.rendition.sha256 == address(OLD_TEXT)
    assert (before.document_id, before.attempt, before.superseded_by) == (document, 1, 2)
    table = schema.finding
    (kept,) = rig.session.execute(sa.select(table)).mappings()
    assert (kept["code"], kept["attempt"], kept["superseded_by"]) == ("ocr.uncertain", 1, 2)
    (released,) = [
        entry
        for entry in listing.operator_history(rig.session, document)
        if entry.action == "QUARANTINE_RELEASED"
    ]
    assert released.detail["superseded"] == [["text", 1, address(OLD_TEXT)]]
    assert (released.detail["findings"], released.detail["attempt"]) == (1, 2)


def test_the_same_bytes_made_twice_are_kept_once_for_each_attempt(
    rig: Rig, store: FolderStore
) -> None:
    rig.item("i")
    (document,) = rig.walk_item("i")
    for _ in range(3):
        rig.walk_document(document, Stage.RECOGNISED)
        keep(rig, store, document, OLD_TEXT)
        documents.hold_document(
            rig.session, document, HoldReason.CHILD_DIED, "tot", by=MACHINE, at=rig.at()
        )
        documents.release_document(
            rig.session, document, to=Stage.SEPARATED, reason="x", by=PERSON, at=rig.at()
        )
    assert documents.load_document(rig.session, document).renditions == ()
    assert [each.attempt for each in earlier_attempts.of_item(rig.session, "i")] == [1, 2, 3]
    assert [each.superseded_by for each in earlier_attempts.of_item(rig.session, "i")] == [2, 3, 4]


def test_no_sweep_takes_what_an_earlier_attempt_made(rig: Rig, store: FolderStore) -> None:
    retried(rig, store)
    stray = store.put(io.BytesIO(b"of a step that failed")).sha256
    assert sweep(rig, store) == (stray,)
    assert store.check(address(OLD_TEXT)) == "ok"


def test_bytes_that_the_trail_names_outlive_a_lost_row(rig: Rig, store: FolderStore) -> None:
    retried(rig, store)
    rig.session.execute(sa.delete(schema.rendition).where(schema.rendition.c.role == "text"))
    assert sweep(rig, store) == ()
    assert store.has(address(OLD_TEXT)) and store.has(address(NEW_TEXT))


def test_few_strays_and_many_are_asked_about_alike(
    rig: Rig, store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the database and by reading the trail: what it names, and what a purge has freed."""
    retried(rig, store)
    strays = {*store.addresses(), "ab" * 32}
    item = items.load_item(rig.session, "i")
    kept = []
    for _ in range(2):
        said = []
        for few in (0, len(strays)):
            monkeypatch.setattr(object_references, "FEW", few)
            said.append(object_references.promised(rig.session, strays))
        assert said[0] == said[1]
        kept.append(said[0])
        if len(kept) == 1:
            earlier_attempts.purge(rig.session, MANAGER, item, reason="Löschfrist", at=rig.at())
    assert address(NEW_TEXT) in kept[1]
    assert kept[0] - kept[1] == {address(OLD_TEXT)}


def test_fixity_looks_at_what_is_kept_of_earlier_attempts(rig: Rig, store: FolderStore) -> None:
    document = retried(rig, store)
    judge = fixity.judge
    assert judge(rig.session, store, document)["rendition"] == "ok"
    store.delete(address(OLD_TEXT))
    assert judge(rig.session, store, document)["rendition"] == "missing"


def test_a_purge_is_an_event_that_names_every_hash(rig: Rig, store: FolderStore) -> None:
    document = retried(rig, store)
    item = items.load_item(rig.session, "i")
    gone = earlier_attempts.purge(rig.session, MANAGER, item, reason="Löschfrist", at=rig.at())
    assert gone == (address(OLD_TEXT),)
    (event,) = [
        entry
        for entry in listing.operator_history(rig.session, "i")
        if entry.action == earlier_attempts.PURGED
    ]
    assert (event.actor, event.reason) == ("registratur", "Löschfrist")
    assert event.detail["renditions"] == [[document, "text", 1, address(OLD_TEXT), 1]]
    assert sweep(rig, store) == (address(OLD_TEXT),)
    assert earlier_attempts.of_item(rig.session, "i") == ()
    assert rows.documents_from(
        rig.session, [dict(r) for r in rig.session.execute(sa.select(schema.document)).mappings()]
    )[0].renditions
    assert fixity.judge(rig.session, store, document)["rendition"] == "ok"
    with pytest.raises(Conflict, match="nichts"):
        earlier_attempts.purge(rig.session, MANAGER, item, reason="nochmals", at=rig.at())


def test_what_is_purged_here_and_counts_elsewhere_stays(rig: Rig, store: FolderStore) -> None:
    retried(rig, store)
    rig.item("j")
    (other,) = rig.walk_item("j")
    rig.walk_document(other, Stage.SEALED)
    keep(rig, store, other, OLD_TEXT)
    rig.walk_document(other)
    item = items.load_item(rig.session, "i")
    earlier_attempts.purge(rig.session, MANAGER, item, reason="Löschfrist", at=rig.at())
    assert address(OLD_TEXT) not in sweep(rig, store)
    assert store.has(address(OLD_TEXT))


def test_who_may_purge_and_when(rig: Rig, store: FolderStore) -> None:
    retried(rig, store)
    item = items.load_item(rig.session, "i")
    for who in (
        reader((Role.CASE_WORKER, "bauamt", None)),
        reader((Role.RECORDS_MANAGER, "jugendamt", None)),
        reader((Role.ADMIN, None, None)),
        reader(),
    ):
        with pytest.raises(Forbidden):
            earlier_attempts.purge(rig.session, who, item, reason="x", at=rig.at())
    with pytest.raises(UsageError):
        earlier_attempts.purge(rig.session, MANAGER, item, reason=" ", at=rig.at())
    rig.item("w")
    with pytest.raises(Conflict, match="unterwegs"):
        earlier_attempts.purge(
            rig.session, MANAGER, items.load_item(rig.session, "w"), reason="x", at=rig.at()
        )
    assert len(earlier_attempts.of_item(rig.session, "i")) == 1


@pytest.mark.parametrize("table", ["finding", "rendition"])
def test_what_was_superseded_never_counts_again(rig: Rig, store: FolderStore, table: str) -> None:
    retried(rig, store)
    with pytest.raises(sa.exc.DBAPIError, match="superseded"), rig.session.begin_nested():
        rig.session.execute(
            sa.text(f"UPDATE {table} SET superseded_at = NULL WHERE superseded_by = 2")
        )
