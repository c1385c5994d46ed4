"""Items from custody to their end state, on every database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from archive.db import rows
from archive.db.database import Database
from archive.efile import filing
from archive.errors import StillWalking
from archive.intake import documents, earlier_attempts, items
from archive.model import Finding, RenditionRole
from archive.search import outbox
from archive.stages import Outcome, Stage
from archive.tables import schema
from archive.views import listing
from config.errors import Conflict, HoldReason, NotFound, UsageError
from tests.contract.rig import MACHINE, PERSON, START, Rig, rendition


@pytest.fixture
def rig(database: Database) -> Iterator[Rig]:
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        yield rig


def actions(session: Session, object_id: str) -> list[str]:
    return [entry.action for entry in listing.operator_history(session, object_id)]


def test_custody_opens_the_record(rig: Rig) -> None:
    rig.item("i", b"data")
    item = items.load_item(rig.session, "i")
    assert (item.stage, item.outcome, item.attempt) == (Stage.RECEIVED, None, 1)
    assert (item.source, item.source_bytes) == ("i.pdf", b"i.pdf")
    table = schema.rendition
    row = rig.session.execute(sa.select(table)).mappings().one()
    assert (row["role"], row["sha256"], row["document_id"]) == ("original", item.sha256, None)
    told = sa.select(schema.audit_event).where(schema.audit_event.c.object_id == "i")
    event = rig.session.execute(told).mappings().one()
    assert (event["action"], event["object_sha256"]) == ("RECEIPT_REGISTERED", item.sha256)
    assert json.loads(event["promises"]).keys() == {"item", "rendition"}
    assert "pdf" not in event["detail"]  # a file's name may name a citizen


def test_names_that_no_database_keeps(rig: Rig) -> None:
    name = "K\udcfcndigung\x00.pdf"
    new = items.NewItem(
        id="i",
        source=name,
        source_bytes=name.encode("utf-8", "surrogateescape"),
        sha256="0" * 64,
        size=0,
        stream="mailroom",
        department="bauamt",
        compartment=None,
        received_by="x",
        media_type="application/pdf",
        file_name=name,
    )
    items.open_item(rig.session, new, by=MACHINE, at=rig.at())
    rig.session.flush()
    item = items.load_item(rig.session, "i")
    assert item.source == "K?ndigung\ufffd.pdf"
    assert item.source_bytes == b"K\xfcndigung\x00.pdf"


def test_a_step_needs_the_stage_it_begins_at(rig: Rig) -> None:
    rig.item("i")
    rig.walk_item("i", Stage.CHECKED)
    with pytest.raises(Conflict, match="checked"):
        items.advance_item(
            rig.session,
            "i",
            Stage.RECEIVED,
            Stage.CHECKED,
            by=MACHINE,
            at=rig.at(),
            action="CHECKED",
        )
    with pytest.raises(NotFound):
        items.load_item(rig.session, "x")
    with pytest.raises(NotFound):
        rig.hold("x")


def test_of_two_commits_of_one_step_one_counts(database: Database) -> None:
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        rig.item("i")
    for expected in (None, Conflict):
        try:
            with database.write() as session:
                items.advance_item(
                    session,
                    "i",
                    Stage.RECEIVED,
                    Stage.CHECKED,
                    by=MACHINE,
                    at=START,
                    action="CHECKED",
                )
        except Conflict:
            assert expected is Conflict
        else:
            assert expected is None
    with database.read() as session:
        assert actions(session, "i") == ["RECEIPT_REGISTERED", "CHECKED"]


# ------------------------------------------------------------------ hold, release, reject
@pytest.mark.parametrize("stage", [Stage.RECEIVED, Stage.CHECKED, Stage.VERIFIED])
def test_hold_and_release(rig: Rig, stage: Stage) -> None:
    rig.item("i")
    rig.walk_item("i", stage)
    items.set_waiting(rig.session, "i", "wartet auf den Virenscanner")
    rig.hold("i", HoldReason.ENCRYPTED)
    rig.hold("i", HoldReason.EMPTY)  # the first reason stays
    held = items.load_item(rig.session, "i")
    assert (held.stage, held.outcome, held.held_from) == (Stage.HELD, Outcome.HELD, stage)
    assert (held.held_reason, held.held_text) == (HoldReason.ENCRYPTED, "unlesbar")
    assert held.waiting_for is None
    released = items.release_item(
        rig.session,
        "i",
        to=Stage.RECEIVED,
        reason="Kennwort",
        by=PERSON,
        at=rig.at(),
    )
    assert (released.stage, released.outcome, released.attempt) == (Stage.RECEIVED, None, 2)
    assert released.held_reason is released.held_text is released.held_from is None
    assert actions(rig.session, "i")[-2:] == ["QUARANTINED", "QUARANTINE_RELEASED"]
    again = items.release_item
    with pytest.raises(Conflict, match="nicht angehalten"):
        again(rig.session, "i", to=Stage.RECEIVED, reason="x", by=PERSON, at=rig.at())


def test_a_release_cannot_skip_a_step(rig: Rig) -> None:
    rig.item("i")
    rig.walk_item("i", Stage.CHECKED)
    rig.hold("i")
    for stage in (Stage.VERIFIED, Stage.SEPARATED, Stage.FILED, Stage.HELD):
        with pytest.raises(Conflict, match="kann nicht auf"):
            items.release_item(rig.session, "i", to=stage, reason="x", by=PERSON, at=rig.at())


def test_a_rejection_is_final(rig: Rig) -> None:
    rig.item("i")
    with pytest.raises(Conflict, match="nicht angehalten"):
        items.reject_item(rig.session, "i", reason="Werbung", by=PERSON, at=rig.at())
    rig.hold("i")
    with pytest.raises(UsageError):
        items.reject_item(rig.session, "i", reason=" ", by=PERSON, at=rig.at())
    items.reject_item(rig.session, "i", reason="Werbung", by=PERSON, at=rig.at())
    item = items.load_item(rig.session, "i")
    assert (item.outcome, item.rejected_text) == (Outcome.REJECTED, "Werbung")
    with pytest.raises(Conflict):
        rig.hold("i")


def test_holding_a_separated_item_holds_what_still_walks(rig: Rig) -> None:
    rig.item("i")
    one, two, three = rig.walk_item("i", parts=3)
    rig.walk_document(one)
    rig.walk_document(two, Stage.PRESERVED)
    rig.hold("i", HoldReason.INTERNAL)
    stages = [part.stage for part in documents.documents_of(rig.session, "i")]
    assert stages == [Stage.FILED, Stage.HELD, Stage.HELD]
    assert items.load_item(rig.session, "i").outcome is Outcome.HELD
    rig.hold("i")
    items.reject_item(rig.session, "i", reason="leer", by=PERSON, at=rig.at())
    stages = [part.stage for part in documents.documents_of(rig.session, "i")]
    assert stages == [Stage.FILED, Stage.REJECTED, Stage.REJECTED]
    assert items.load_item(rig.session, "i").outcome is Outcome.ARCHIVED
    assert documents.load_document(rig.session, three).rejected_text == "leer"


# ------------------------------------------------------------------ what a step made
def codes(rig: Rig, document: str | None = None) -> list[str]:
    if document is None:
        return [finding.code for finding in items.load_item(rig.session, "i").findings]
    return [finding.code for finding in documents.load_document(rig.session, document).findings]


def find(rig: Rig, code: str, document: str | None = None) -> None:
    items.add_findings(rig.session, "i", document, [Finding(code=code, text="x")])


@pytest.mark.parametrize("before", [True, False])
def test_a_retry_does_not_double_what_it_makes(database: Database, before: bool) -> None:
    """Whether a step adds its findings before or after it advances, in the same commit."""

    def step(begins: Stage, ends: Stage, code: str) -> None:
        with database.write() as session:
            rig = Rig(session, ticks=100)
            if before:
                find(rig, code)
            items.advance_item(
                session, "i", begins, ends, by=MACHINE, at=rig.at(), action=ends.upper()
            )
            if not before:
                find(rig, code)

    with database.write() as session:
        rig = Rig(session)
        rig.county()
        rig.item("i")
    step(Stage.RECEIVED, Stage.CHECKED, "of the check")
    step(Stage.CHECKED, Stage.VERIFIED, "of the verification")
    with database.write() as session:
        rig = Rig(session)
        rig.hold("i")
        items.release_item(session, "i", to=Stage.CHECKED, reason="x", by=PERSON, at=rig.at())
        assert codes(rig) == ["of the check"]
    step(Stage.CHECKED, Stage.VERIFIED, "of the second verification")
    with database.read() as session:
        assert codes(Rig(session)) == ["of the check", "of the second verification"]


def test_a_failed_step_leaves_its_findings_until_the_release(rig: Rig) -> None:
    rig.item("i")
    (document,) = rig.walk_item("i")
    find(rig, "of the item")
    rig.walk_document(document, Stage.RECOGNISED)
    find(rig, "of recognition", document)
    documents.hold_document(
        rig.session, document, HoldReason.UNREADABLE, "x", by=MACHINE, at=rig.at()
    )
    find(rig, "added while held", document)
    assert codes(rig, document) == ["of recognition", "added while held"]
    items.add_rendition(rig.session, "i", document, rendition(b"1"), at=rig.at())
    documents.release_document(
        rig.session, document, to=Stage.SEPARATED, reason="x", by=PERSON, at=rig.at()
    )
    loaded = documents.load_document(rig.session, document)
    assert (loaded.findings, loaded.renditions, loaded.attempt) == ((), (), 2)
    assert codes(rig) == ["of the item"]


def test_the_original_stays_through_every_retry(rig: Rig) -> None:
    rig.item("i")
    rig.walk_item("i", Stage.VERIFIED)
    report = rendition(b"r", RenditionRole.SIGNATURE_REPORT)
    items.add_rendition(rig.session, "i", None, report, at=rig.at())
    rig.hold("i")
    items.release_item(rig.session, "i", to=Stage.RECEIVED, reason="x", by=PERSON, at=rig.at())
    assert [each.role for each in rows.item_renditions(rig.session, "i")] == ["original"]
    (before,) = earlier_attempts.of_item(rig.session, "i")
    assert (before.rendition.sha256, before.attempt, before.superseded_by) == (report.sha256, 1, 2)


def test_what_is_added_twice_is_kept_once(rig: Rig) -> None:
    rig.item("i")
    two = [Finding(code="a", text="x", page=1), Finding(code="a", text="x", page=2)]
    for _ in range(2):
        items.add_findings(rig.session, "i", None, two)
        items.add_findings(
            rig.session, "i", None, [Finding(code="b", text="x", detail={"dpi": [1, 2]})]
        )
        items.add_rendition(
            rig.session, "i", None, rendition(b"r", RenditionRole.SIGNATURE_REPORT), at=rig.at()
        )
    assert [found.page for found in items.load_item(rig.session, "i").findings] == [1, 2, None]
    count = sa.select(sa.func.count()).select_from(schema.rendition)
    assert rig.session.execute(count).scalar_one() == 2
    with pytest.raises(NotFound):
        items.add_findings(rig.session, "x", None, two)


# ------------------------------------------------------------------ duplicates
def duplicate(rig: Rig, item_id: str) -> str | None:
    item = items.load_item(rig.session, item_id)
    return items.find_duplicate(
        rig.session,
        item.sha256,
        department=item.department,
        compartment=item.compartment,
        not_item=item.id,
    )


def test_the_first_of_equal_files_goes_on(rig: Rig) -> None:
    rig.item("b", b"same", at=START)
    rig.item("a", b"same", at=START)  # received at the same instant: the lower id is first
    rig.item("c", b"other", at=START)
    assert duplicate(rig, "a") is None
    assert duplicate(rig, "c") is None
    with pytest.raises(StillWalking) as caught:
        duplicate(rig, "b")
    assert caught.value.item_id == "a"
    (document,) = rig.walk_item("a")
    assert duplicate(rig, "b") == document
    items.mark_duplicate(rig.session, "b", document, by=MACHINE, at=rig.at())
    item = items.load_item(rig.session, "b")
    assert (item.outcome, item.duplicate_of) == (Outcome.DUPLICATE, document)


def test_a_held_one_does_not_count_until_it_is_released(rig: Rig) -> None:
    rig.item("a", b"same")
    rig.item("b", b"same")
    rig.hold("a")
    assert duplicate(rig, "b") is None
    rig.walk_item("b", Stage.CHECKED)
    # Released to the start it meets the later one, which is past its own check: it waits.
    items.release_item(rig.session, "a", to=Stage.RECEIVED, reason="x", by=PERSON, at=rig.at())
    with pytest.raises(StillWalking, match="b"):
        duplicate(rig, "a")
    (document,) = rig.walk_item("b")
    assert duplicate(rig, "a") == document
    with pytest.raises(Conflict, match="Duplikat"):
        rig.walk_item("a")


def test_a_release_does_not_pass_by_the_check(rig: Rig) -> None:
    rig.item("a", b"same")
    rig.walk_item("a", Stage.CHECKED)
    rig.hold("a")
    rig.item("b", b"same")
    rig.walk_item("b")
    with pytest.raises(Conflict, match="Duplikat"):
        items.release_item(rig.session, "a", to=Stage.CHECKED, reason="x", by=PERSON, at=rig.at())
    items.release_item(rig.session, "a", to=Stage.RECEIVED, reason="x", by=PERSON, at=rig.at())
    assert duplicate(rig, "a") == "b-1"


def test_rejected_documents_are_nothing_to_repeat(rig: Rig) -> None:
    rig.item("a", b"same")
    rig.walk_item("a")
    rig.item("b", b"same")
    rig.hold("a")
    assert duplicate(rig, "b") is None
    items.reject_item(rig.session, "a", reason="x", by=PERSON, at=rig.at())
    assert duplicate(rig, "b") is None


def test_elsewhere_it_is_archived_anew(rig: Rig) -> None:
    rig.filed("a")
    data = b"a"
    rig.item("b", data, department="jugendamt")
    rig.item("c", data, compartment="personal")
    rig.item("d", data, stream="legacy")
    assert duplicate(rig, "b") is None
    assert duplicate(rig, "c") is None
    assert duplicate(rig, "d") == "a-1"
    for item_id in ("b", "c"):
        with pytest.raises(Conflict, match="kein Duplikat"):
            items.mark_duplicate(rig.session, item_id, "a-1", by=MACHINE, at=rig.at())
    with pytest.raises(NotFound):
        items.mark_duplicate(rig.session, "d", "nothing", by=MACHINE, at=rig.at())


def test_the_error_survives_the_durable_engine() -> None:
    import pickle

    copy = pickle.loads(pickle.dumps(StillWalking("i7")))
    assert copy.item_id == "i7"
    assert "i7" in str(copy)
    assert copy.retryable


# ------------------------------------------------------------------ redirect, waiting, counts
def test_a_redirected_item_takes_its_documents_along(rig: Rig) -> None:
    document = rig.filed("i")
    before = len(outbox.pending(rig.session, 10))
    with pytest.raises(NotFound):
        items.redirect_item(rig.session, "i", "nichts", by=PERSON, at=rig.at(), reason="x")
    items.redirect_item(rig.session, "i", "jugendamt", by=PERSON, at=rig.at(), reason="x")
    with pytest.raises(Conflict):
        items.redirect_item(rig.session, "i", "jugendamt", by=PERSON, at=rig.at(), reason="x")
    loaded = documents.load_document(rig.session, document)
    assert (loaded.department, loaded.revision) == ("jugendamt", 2)
    rows = outbox.pending(rig.session, 10)
    assert len(rows) == before + 1
    assert (rows[-1].document_id, rows[-1].revision) == (document, 2)
    filing.refile_document(
        rig.session,
        document,
        case_id=rig.case("jugendamt"),
        reason="Zuständigkeit",
        by=PERSON,
        at=rig.at(),
    )
    loaded = documents.load_document(rig.session, document)
    assert loaded.file_mark == f"j.1/1/{START.year}"
    with pytest.raises(Conflict, match="Abteilung"):
        filing.refile_document(
            rig.session, document, case_id=rig.case("bauamt"), reason="x", by=PERSON, at=rig.at()
        )


def test_what_is_waited_for_shows_and_goes(rig: Rig) -> None:
    rig.item("i")
    (document,) = rig.walk_item("i")
    for object_id in ("i", document):
        items.set_waiting(rig.session, object_id, "wartet auf die Platte")
    assert items.load_item(rig.session, "i").waiting_for == "wartet auf die Platte"
    rig.walk_document(document, Stage.RECOGNISED)
    assert documents.load_document(rig.session, document).waiting_for is None
    items.set_waiting(rig.session, "i", None)
    assert items.load_item(rig.session, "i").waiting_for is None


def test_who_walks(rig: Rig) -> None:
    assert (items.walking(rig.session), items.oldest_walking(rig.session)) == (0, None)
    rig.item("a", at=START)
    rig.item("b")
    assert (items.walking(rig.session), items.oldest_walking(rig.session)) == (2, START)
    rig.walk_document(rig.walk_item("a")[0])
    assert items.walking(rig.session) == 1
    assert items.refresh_outcome(rig.session, "a") is Outcome.ARCHIVED


def test_the_receipt_has_the_offices_date(rig: Rig) -> None:
    rig.item("i", at=START.replace(day=31, month=12, hour=23, minute=30))
    (document,) = rig.walk_item("i")
    assert documents.load_document(rig.session, document).received_on == date(2027, 1, 1)


def test_addresses_are_those_of_the_bytes(rig: Rig) -> None:
    rig.item("i", b"data")
    assert items.load_item(rig.session, "i").sha256 == hashlib.sha256(b"data").hexdigest()
