"""What takes part after the arrival is kept beside it, named by the trail, and never in its place."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from archive.audit.trail import check_chain
from archive.db.database import Database
from archive.evidence import fixity
from archive.intake import documents, items, object_references, sources, supplements
from archive.intake.sources import INFECTED
from archive.intake.supplements import OPENED, SUPPLIED, Kept
from archive.model import HistoryEntry, Item, RenditionRole
from archive.stages import Outcome, Stage
from archive.store.objects_folder import FolderStore
from archive.tables import schema
from archive.views import listing
from config.errors import Conflict, HoldReason, UsageError
from tests.contract.rig import PERSON, Rig, rendition


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "objects", fsync=False)


@pytest.fixture
def rig(database: Database, store: FolderStore) -> Iterator[Rig]:
    """``i`` is held: it cannot be read."""
    with database.write() as session:
        made = Rig(session)
        made.county()
        store.put(io.BytesIO(b"i"))
        made.item("i")
        made.hold("i")
        yield made
        assert check_chain(session).ok


def given(store: FolderStore, data: bytes, name: str = "neu.pdf") -> Kept:
    stored = store.put(io.BytesIO(data))
    return Kept(sha256=stored.sha256, size=stored.size, file_name=name)


def supply(
    rig: Rig, store: FolderStore, data: bytes, *, item_id: str = "i", reason: str = "neu gescannt"
) -> Item:
    return supplements.supply(
        rig.session, item_id, given(store, data), reason=reason, by=PERSON, at=rig.at()
    )


def told(rig: Rig, action: str, object_id: str = "i") -> list[HistoryEntry]:
    return [e for e in listing.operator_history(rig.session, object_id) if e.action == action]


def address(data: bytes) -> str:
    return rendition(data).sha256


# ------------------------------------------------------------------ kept, named, shown
def test_both_are_kept_and_the_trail_names_them(rig: Rig, store: FolderStore) -> None:
    item = supply(rig, store, b"readable")
    assert (item.stage, item.attempt, item.sha256) == (Stage.RECEIVED, 2, address(b"i"))
    files = sources.sources(rig.session, item)
    assert files.original.sha256 == address(b"i")
    (supplement,) = files.supplements
    assert files.reads == files.walks == supplement
    assert (supplement.role, supplement.sha256, supplement.derived_from) == (
        RenditionRole.SUPPLEMENT,
        address(b"readable"),
        None,
    )
    assert supplement.detail == {"supplied_by": "poststelle", "reason": "neu gescannt"}
    (event,) = told(rig, "SUPPLEMENT_RECEIVED")
    assert (event.actor, event.reason) == ("poststelle", "neu gescannt")
    assert event.detail == {
        "role": "supplement",
        "sha256": address(b"readable"),
        "version": 1,
        "size": 8,
        "derived_from": None,
        "original": address(b"i"),
        "instead_of": address(b"i"),
        "held_reason": "unreadable",
    }
    (released,) = told(rig, "QUARANTINE_RELEASED")
    assert released.detail["reads"] == address(b"readable")
    column = schema.audit_event.c
    named = sa.select(column.object_sha256).where(column.action == "SUPPLEMENT_RECEIVED")
    assert rig.session.execute(named).scalar_one() == address(b"readable")


def test_a_person_is_told_what_the_copy_comes_from(rig: Rig, store: FolderStore) -> None:
    item = supply(rig, store, b"readable")
    (found,) = [each for each in item.findings if each.code == SUPPLIED]
    for words in ("poststelle", "22.11.2026", "neu.pdf", "neu gescannt", "unlesbar", "Original"):
        assert words in found.text


def test_it_stays_through_every_retry(rig: Rig, store: FolderStore) -> None:
    supply(rig, store, b"readable")
    rig.walk_item("i", Stage.VERIFIED)
    rig.hold("i", HoldReason.INTERNAL)
    items.release_item(rig.session, "i", to=Stage.RECEIVED, reason="x", by=PERSON, at=rig.at())
    item = items.load_item(rig.session, "i")
    files = sources.sources(rig.session, item)
    assert files.reads.sha256 == address(b"readable")
    assert [each.code for each in item.findings] == [SUPPLIED]


def test_a_second_one_is_kept_beside_the_first(rig: Rig, store: FolderStore) -> None:
    supply(rig, store, b"first")
    rig.hold("i")
    item = supply(rig, store, b"second")
    files = sources.sources(rig.session, item)
    assert [(each.version, each.sha256) for each in files.supplements] == [
        (1, address(b"first")),
        (2, address(b"second")),
    ]
    assert files.reads.sha256 == address(b"second")
    assert [event.detail["instead_of"] for event in told(rig, "SUPPLEMENT_RECEIVED")] == [
        address(b"i"),
        address(b"first"),
    ]
    rig.hold("i")
    assert sources.sources(rig.session, supply(rig, store, b"first")).reads.version == 3


def test_filing_names_what_was_read(rig: Rig, store: FolderStore) -> None:
    supply(rig, store, b"readable")
    (document,) = rig.walk_item("i")
    rig.walk_document(document)
    (event,) = told(rig, "FILED", document)
    assert event.detail["original"] == address(b"i")
    assert event.detail["reads"] == address(b"readable")
    assert event.detail["supplements"] == [address(b"readable")]


# ------------------------------------------------------------------ what is refused
@pytest.mark.parametrize(
    ("data", "reason", "error", "words"),
    [
        (b"i", "neu", Conflict, "gleicht der angekommenen"),
        (b"", "neu", UsageError, "leer"),
        (b"readable", "  ", UsageError, "Grund"),
        (b"readable", "neu\u202egescannt", UsageError, r"U\+202E"),
    ],
)
def test_what_is_no_supplement(
    rig: Rig, store: FolderStore, data: bytes, reason: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        supply(rig, store, data, reason=reason)
    item = items.load_item(rig.session, "i")
    assert (item.stage, item.attempt, item.working_copy) == (Stage.HELD, 1, None)
    assert told(rig, "SUPPLEMENT_RECEIVED") == []


def test_the_same_file_twice_is_no_second_one(rig: Rig, store: FolderStore) -> None:
    supply(rig, store, b"readable")
    rig.hold("i")
    with pytest.raises(Conflict, match="zuletzt nachgereichten"):
        supply(rig, store, b"readable")


def test_only_for_what_is_held(rig: Rig, store: FolderStore) -> None:
    supply(rig, store, b"readable")
    with pytest.raises(Conflict, match="nicht"):
        supply(rig, store, b"another")
    rig.walk_item("i")
    with pytest.raises(Conflict, match="nicht"):
        supply(rig, store, b"another")


# ------------------------------------------------------------------ duplicates
def test_what_is_a_document_already_is_not_handed_in_again(rig: Rig, store: FolderStore) -> None:
    other = rig.filed("scan again")  # by the scanner
    with pytest.raises(Conflict, match=other):
        supply(rig, store, b"scan again")


def test_what_is_just_coming_in_is_not_handed_in_as_well(rig: Rig, store: FolderStore) -> None:
    rig.item("scan again")
    with pytest.raises(Conflict, match="unterwegs"):
        supply(rig, store, b"scan again")
    rig.item("j")
    rig.hold("j")
    supply(rig, store, b"same", item_id="j")
    with pytest.raises(Conflict, match="unterwegs"):
        supply(rig, store, b"same")


def test_another_department_s_document_tells_nothing(rig: Rig, store: FolderStore) -> None:
    rig.filed("scan again", department="jugendamt")
    assert supply(rig, store, b"scan again").stage is Stage.RECEIVED


def test_an_arrival_of_the_very_bytes_is_a_duplicate(rig: Rig, store: FolderStore) -> None:
    supply(rig, store, b"late")
    (document,) = rig.walk_item("i")
    rig.walk_document(document)
    rig.item("late")
    found = items.find_duplicate(
        rig.session, address(b"late"), department="bauamt", compartment=None, not_item="late"
    )
    assert found == document
    items.mark_duplicate(rig.session, "late", document, by=PERSON, at=rig.at())
    assert items.load_item(rig.session, "late").outcome is Outcome.DUPLICATE


def test_a_supplement_is_not_dropped_with_a_duplicate(rig: Rig, store: FolderStore) -> None:
    """The file that arrived became a document meanwhile: then nothing is handed in for it."""
    rig.item("twin", b"i")
    (document,) = rig.walk_item("twin")
    with pytest.raises(Conflict, match=document):
        supply(rig, store, b"readable")


# ------------------------------------------------------------------ malware
def test_what_carries_malware_stays_in_custody_and_is_told(rig: Rig, store: FolderStore) -> None:
    rig.item("m")
    rig.hold("m", HoldReason.MALWARE)
    item = supply(rig, store, b"clean", item_id="m")
    files = sources.sources(rig.session, item)
    assert files.infected == {address(b"m")}
    assert [each.code for each in item.findings] == [SUPPLIED, INFECTED]
    rig.hold("m", HoldReason.MALWARE)
    item = supply(rig, store, b"cleaner", item_id="m")
    assert sources.sources(rig.session, item).infected == {address(b"m"), address(b"clean")}


# ------------------------------------------------------------------ opened with a password
def opened(rig: Rig, store: FolderStore, data: bytes, item_id: str = "e") -> Item:
    return supplements.open_copy(rig.session, item_id, given(store, data), by=PERSON, at=rig.at())


def test_an_opened_copy_is_derived_and_says_so(rig: Rig, store: FolderStore) -> None:
    rig.item("e")
    rig.hold("e", HoldReason.ENCRYPTED)
    item = opened(rig, store, b"open")
    files = sources.sources(rig.session, item)
    assert files.reads.role is RenditionRole.WORKING_COPY
    assert (files.reads.derived_from, files.walks) == (address(b"e"), files.original)
    (event,) = told(rig, "COPY_OPENED", "e")
    assert (event.detail["derived_from"], event.detail["sha256"]) == (
        address(b"e"),
        address(b"open"),
    )
    (found,) = [each for each in item.findings if each.code == OPENED]
    assert "verschlüsselte" in found.text


def test_a_supplement_may_be_encrypted_itself(rig: Rig, store: FolderStore) -> None:
    supply(rig, store, b"locked")
    rig.hold("i", HoldReason.ENCRYPTED)
    files = sources.sources(rig.session, opened(rig, store, b"open", "i"))
    assert files.reads.derived_from == address(b"locked")
    assert files.walks.role is RenditionRole.SUPPLEMENT
    assert [each.sha256 for each in files.files] == [
        address(b"i"),
        address(b"locked"),
        address(b"open"),
    ]


def test_only_what_is_encrypted_is_opened(rig: Rig, store: FolderStore) -> None:
    with pytest.raises(Conflict, match="Kennwort"):
        opened(rig, store, b"open", "i")


# ------------------------------------------------------------------ verify and sweep
Deed = Callable[[Rig, FolderStore], object]


def renditions(rig: Rig, statement: str) -> None:
    rig.session.execute(sa.text(statement))


DAMAGES: dict[str, tuple[Deed, str]] = {
    "nothing": (lambda rig, store: None, "ok"),
    "supplement's bytes lost": (lambda rig, store: store.delete(address(b"readable")), "missing"),
    "original's bytes lost": (lambda rig, store: store.delete(address(b"i")), "missing"),
    "supplement's row removed": (
        lambda rig, store: renditions(rig, "DELETE FROM rendition WHERE role = 'supplement'"),
        "broken",
    ),
    "supplement called something else": (
        lambda rig, store: renditions(
            rig, "UPDATE rendition SET role = 'thumbnail' WHERE role = 'supplement'"
        ),
        "broken",
    ),
    "another file read": (
        lambda rig, store: renditions(rig, "UPDATE item SET working_copy = sha256"),
        "broken",
    ),
    "the original read after all": (
        lambda rig, store: renditions(rig, "UPDATE item SET working_copy = NULL"),
        "broken",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_verify_looks_at_both(rig: Rig, store: FolderStore, damage: str) -> None:
    supply(rig, store, b"readable")
    deed, verdict = DAMAGES[damage]
    deed(rig, store)
    assert fixity.judge(rig.session, store, "i")["original"] == verdict


def test_damaged_bytes_of_a_supplement_are_found(rig: Rig, store: FolderStore) -> None:
    supply(rig, store, b"readable")
    place = store.path(address(b"readable"))
    place.chmod(0o640)
    place.write_bytes(b"changed!")
    assert fixity.judge(rig.session, store, "i")["original"] == "broken"


def test_a_working_copy_out_of_nothing_is_found(rig: Rig, store: FolderStore) -> None:
    other = store.put(io.BytesIO(b"smuggled in")).sha256
    renditions(rig, f"UPDATE item SET working_copy = '{other}'")
    assert fixity.judge(rig.session, store, "i")["original"] == "broken"


def test_no_sweep_takes_a_supplement(rig: Rig, store: FolderStore) -> None:
    supply(rig, store, b"first")
    rig.hold("i")
    supply(rig, store, b"second")
    assert store.sweep(partial(object_references.referenced_of, rig.session)) == ()


def test_documents_say_nothing_of_it_by_themselves(rig: Rig, store: FolderStore) -> None:
    """It belongs to the item: each of several documents stands on it."""
    supply(rig, store, b"readable")
    for document in rig.walk_item("i", parts=2):
        assert documents.load_document(rig.session, document).renditions == ()
