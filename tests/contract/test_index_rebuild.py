"""A rebuild loses nothing that changes meanwhile, and promotes only what equals the archive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from search.errors import RebuildRefused
from search.index import Delete, Entry, Index, Op, Upsert
from search.rebuild import rebuild
from tests.contract.index_kit import ENGINES, MakeIndex, bare_analyser, entry, found, maker


class Archive:
    """The truth: current entries, and a log of changes as an outbox keeps them."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.log: list[Op] = []
        self.read = 0

    def put(self, given: Entry) -> None:
        self.entries[given.document_id] = given
        self.log.append(Upsert(given))

    def drop(self, document_id: str, revision: int) -> None:
        del self.entries[document_id]
        self.log.append(Delete(document_id, revision))

    def changes(self) -> Iterable[Op]:
        fresh, self.read = self.log[self.read :], len(self.log)
        return fresh

    def digest(self) -> list[tuple[str, int]]:
        return [(each.document_id, each.revision) for each in self.entries.values()]


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeIndex]:
    yield from maker(request.param, tmp_path, bare_analyser())


@pytest.fixture
def index(make: MakeIndex) -> Index:
    return make()


@pytest.fixture
def archive(index: Index) -> Archive:
    archive = Archive()
    for number in range(30):
        archive.put(entry(f"d{number}", "Antrag"))
    index.apply(list(archive.changes()))
    return archive


def test_changes_during_the_rebuild_are_there(index: Index, archive: Archive) -> None:
    def entries() -> Iterator[Entry]:
        for place, each in enumerate(list(archive.entries.values())):
            if (
                place == 10
            ):  # while the archive is read: new, changed, deleted, already and not yet read
                archive.put(entry("new", "Antrag neu"))
                archive.put(entry("d2", "Antrag neu", revision=2))
                archive.put(entry("d20", "Antrag neu", revision=2))
                archive.drop("d3", 2)
                archive.drop("d25", 2)
                index.apply(list(archive.log[-5:]))  # the service goes on
                assert sorted(found(index, "neu")) == ["d2", "d20", "new"]
            yield each

    done: list[int] = []
    report = rebuild(
        index,
        tag="test",
        entries=entries(),
        changes=archive.changes,
        expected=archive.digest,
        progress=done.append,
    )
    assert sorted(index.digest()) == sorted(archive.digest())
    assert sorted(found(index, "neu")) == ["d2", "d20", "new"]
    assert (report.documents, report.changes, report.failures) == (29, 5, ())
    assert report.generation == index.health().generation
    assert done == sorted(done) and done[-1] == 35


def test_a_change_between_comparing_and_promoting_is_caught(index: Index, archive: Archive) -> None:
    def expected() -> list[tuple[str, int]]:
        digest = archive.digest()
        archive.put(entry("late", "Antrag"))
        return digest

    rebuild(
        index,
        tag="t",
        entries=list(archive.entries.values()),
        changes=archive.changes,
        expected=expected,
    )
    assert "late" in dict(index.digest())


@pytest.mark.parametrize("fault", ["missing", "foreign", "stale"])
def test_what_differs_from_the_archive_is_not_promoted(
    index: Index, archive: Archive, fault: str
) -> None:
    given = list(archive.entries.values())
    digest = dict(archive.digest())
    if fault == "missing":
        given.pop()
    if fault == "foreign":
        given.append(entry("stranger", "Antrag"))
    if fault == "stale":
        digest["d1"] = 2
    before = index.health().generation
    with pytest.raises(RebuildRefused, match="stimmt nicht"):
        rebuild(
            index, tag="t", entries=given, changes=lambda: (), expected=lambda: list(digest.items())
        )
    assert index.health().generation == before
    assert index.size() == 30


def test_a_failing_source_leaves_the_old_in_use(index: Index, archive: Archive) -> None:
    def entries() -> Iterator[Entry]:
        yield from list(archive.entries.values())[:5]
        raise OSError("the store is away")

    with pytest.raises(OSError, match="away"):
        rebuild(index, tag="t", entries=entries(), changes=archive.changes, expected=archive.digest)
    assert index.size() == 30


def test_an_entry_that_no_index_takes_is_named(index: Index, archive: Archive) -> None:
    archive.put(entry("bad", "Antrag", revision=2**70))
    report = rebuild(
        index,
        tag="t",
        entries=list(archive.entries.values()),
        changes=lambda: (),
        expected=archive.digest,
    )
    assert [each.document_id for each in report.failures] == ["bad"]
    assert report.documents == 30


def test_back_to_the_generation_before(index: Index, archive: Archive) -> None:
    before = index.health().generation
    rebuild(
        index,
        tag="t",
        entries=list(archive.entries.values()),
        changes=archive.changes,
        expected=archive.digest,
    )
    assert index.health().generation != before
    index.rollback()
    assert index.health().generation == before
    assert index.size() == 30
