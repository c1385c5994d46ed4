"""A rebuild loses nothing that changes meanwhile, and promotes only what equals the archive."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import search.rebuild
from search.errors import IndexUnavailable, RebuildRefused
from search.index import Delete, Entry, Index, Op, Upsert
from search.rebuild import differing_parts, part_of, rebuild, reconcile
from tests.contract.index_kit import ENGINES, MakeIndex, bare_analyser, entry, found, maker, upsert


class Archive:
    """The truth: current entries and their revisions."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.loads = 0

    def put(self, *entries: Entry) -> None:
        self.entries |= {each.document_id: each for each in entries}

    def expected(self) -> dict[str, int]:
        return {each.document_id: each.revision for each in self.entries.values()}

    def load(self, document_id: str) -> Op:
        self.loads += 1
        found = self.entries.get(document_id)
        return Upsert(found) if found else Delete(document_id, 99)


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeIndex]:
    yield from maker(request.param, tmp_path, bare_analyser())


@pytest.fixture
def index(make: MakeIndex) -> Index:
    return make()


@pytest.fixture
def archive(index: Index) -> Archive:
    archive = Archive()
    archive.put(*(entry(f"d{number}", "Antrag") for number in range(30)))
    index.apply([Upsert(each) for each in archive.entries.values()])
    return archive


def test_changes_during_the_rebuild_are_there(index: Index, archive: Archive) -> None:
    def load(document_id: str) -> Op:
        loaded = archive.load(document_id)
        if archive.loads == 10:  # new, changed (read and not yet read), deleted
            archive.put(entry("new", "Antrag neu"))
            archive.put(
                entry("d2", "Antrag neu", revision=2), entry("d20", "Antrag neu", revision=2)
            )
            del archive.entries["d3"], archive.entries["d25"]
            index.apply([upsert("new", "Antrag neu")])  # the service goes on
            assert found(index, "neu") == ["new"]
        return loaded

    done: list[int] = []
    before = index.health().generation
    report = rebuild(index, tag="test", expected=archive.expected, load=load, progress=done.append)
    assert dict(index.digest()) == archive.expected()
    assert sorted(found(index, "neu")) == ["d2", "d20", "new"]
    assert (report.equal, report.failures) == (True, ())
    assert done == sorted(done) and done[-1] == report.loaded
    assert index.health().generation != before


def test_a_change_between_comparing_and_promoting_is_caught(index: Index, archive: Archive) -> None:
    asked = 0

    def expected() -> dict[str, int]:
        nonlocal asked
        asked += 1
        known = archive.expected()
        if asked == 2:  # the comparison that finds both equal
            archive.put(entry("late", "Antrag"))
            del archive.entries["d1"]
        return known

    assert rebuild(index, tag="t", expected=expected, load=archive.load).equal
    assert dict(index.digest()) == archive.expected()


@pytest.mark.parametrize("fault", ["missing", "stale"])
def test_what_differs_from_the_archive_is_not_promoted(
    index: Index, archive: Archive, fault: str
) -> None:
    def load(document_id: str) -> Op:
        if document_id == "d1":
            gone = Delete("d1", 0)
            return (
                gone if fault == "missing" else Upsert(replace(archive.entries["d1"], revision=0))
            )
        return archive.load(document_id)

    before = index.health().generation
    with pytest.raises(RebuildRefused, match="stimmt nicht"):
        rebuild(index, tag="t", expected=archive.expected, load=load)
    assert index.health().generation == before
    assert index.size() == 30


def test_a_failing_source_leaves_the_old_in_use(index: Index, archive: Archive) -> None:
    def load(document_id: str) -> Op:
        raise OSError("the store is away")

    with pytest.raises(OSError, match="away"):
        rebuild(index, tag="t", expected=archive.expected, load=load)
    assert index.size() == 30


def test_an_entry_that_no_index_takes_is_named(index: Index, archive: Archive) -> None:
    archive.put(entry("bad", "Antrag", revision=2**70))
    report = rebuild(index, tag="t", expected=archive.expected, load=archive.load)
    assert [each.document_id for each in report.failures] == ["bad"]
    assert (report.equal, index.size()) == (True, 30)


def test_back_to_the_generation_before(index: Index, archive: Archive) -> None:
    before = index.health().generation
    rebuild(index, tag="t", expected=archive.expected, load=archive.load)
    assert index.health().generation != before
    index.rollback()
    assert index.health().generation == before
    assert index.size() == 30


def test_a_repair_in_place(index: Index, archive: Archive) -> None:
    archive.put(entry("d2", "Antrag neu", revision=7), entry("new", "Antrag neu"))
    del archive.entries["d3"]
    report = reconcile(index, expected=archive.expected, load=archive.load)
    assert (report.equal, report.loaded) == (True, 3)
    assert sorted(found(index, "neu")) == ["d2", "new"]
    assert dict(index.digest()) == archive.expected()
    again = reconcile(index, expected=archive.expected, load=archive.load)
    assert (again.equal, again.loaded) == (True, 0)


def test_the_parts_that_differ_are_told_without_keeping_what_is_alike(
    index: Index, archive: Archive
) -> None:

    def alike() -> Iterator[tuple[str, int]]:
        return iter(archive.expected().items())

    assert differing_parts(index, alike) == frozenset()
    assert differing_parts(index, lambda: reversed(list(alike()))) == frozenset()
    changed = {"d2", "new", "d3"}
    archive.put(entry("d2", "Antrag neu", revision=7), entry("new", "Antrag neu"))
    del archive.entries["d3"]
    parts = differing_parts(index, alike)
    assert parts == {part_of(each) for each in changed}
    report = reconcile(index, expected=_within(archive, parts), load=archive.load, parts=parts)
    assert (report.equal, report.loaded) == (True, 3)
    assert differing_parts(index, alike) == frozenset()
    assert dict(index.digest()) == archive.expected()


def test_of_parts_that_do_not_differ_nothing_is_deleted_or_loaded(
    index: Index, archive: Archive
) -> None:
    archive.put(entry("new", "Antrag neu"))
    parts = frozenset({part_of("new")})
    loaded: list[str] = []

    def load(document_id: str) -> Op:
        loaded.append(document_id)
        return archive.load(document_id)

    assert reconcile(index, expected=_within(archive, parts), load=load, parts=parts).equal
    assert loaded == ["new"] and dict(index.digest()) == archive.expected()


def _within(archive: Archive, parts: frozenset[int]) -> Callable[[], dict[str, int]]:
    return lambda: {k: v for k, v in archive.expected().items() if part_of(k) in parts}


def test_a_document_filed_while_comparing_is_not_taken_for_foreign(
    index: Index, archive: Archive
) -> None:
    def expected() -> dict[str, int]:
        known = archive.expected()  # and then the archive files one, and the indexer brings it in
        archive.put(entry("quick", "Antrag"))
        index.apply([upsert("quick", "Antrag")])
        return known

    assert reconcile(index, expected=expected, load=archive.load).equal
    assert found(index, "Antrag", limit=50).count("quick") == 1


def interrupted(index: Index, archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rebuild that fails after 20 of 30 documents are durable in the new generation."""
    monkeypatch.setattr(search.rebuild, "BATCH", 10)

    def load(document_id: str) -> Op:
        if archive.loads == 20:
            raise OSError("the store is away")
        return archive.load(document_id)

    archive.loads = 0
    with pytest.raises(OSError, match="away"):
        rebuild(index, tag="t", expected=archive.expected, load=load)
    archive.loads = 0


def test_an_interrupted_rebuild_is_gone_on_with(
    index: Index, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(index, archive, monkeypatch)
    before = index.health().generation
    del archive.entries["d0"]  # it may lie in the new generation already
    report = rebuild(index, tag="t", expected=archive.expected, load=archive.load)
    assert archive.loads <= 10 and report.equal
    assert dict(index.digest()) == archive.expected()
    assert index.health().generation != before


def test_an_erasure_begins_afresh_and_keeps_nothing(
    index: Index, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(index, archive, monkeypatch)
    del archive.entries["d0"]
    rebuild(index, tag="t", expected=archive.expected, load=archive.load, keep=False)
    assert archive.loads == 29
    assert dict(index.digest()) == archive.expected()
    with pytest.raises(IndexUnavailable):
        index.rollback()


def test_another_writer_brings_in_what_changed_at_the_end(index: Index, archive: Archive) -> None:
    asked = 0

    def expected() -> dict[str, int]:
        nonlocal asked
        asked += 1
        if asked == 3:  # after the promotion
            archive.put(entry("late", "Antrag"))
            del archive.entries["d1"]
        return archive.expected()

    told: dict[str, Delete | None] = {}
    rebuild(index, tag="t", expected=expected, load=archive.load, again=told.update)
    assert told == {"late": None, "d1": Delete("d1", 1)}
    assert found(index, "Antrag", limit=50).count("late") == 0


def test_an_archive_that_never_rests_is_rebuilt(index: Index, archive: Archive) -> None:
    """Comparing takes a while, and something is filed in it every time."""
    numbers = itertools.count()

    def expected() -> dict[str, int]:
        archive.put(entry(f"more{next(numbers)}", "Antrag"))
        return archive.expected()

    named: dict[str, Delete | None] = {}
    assert rebuild(index, tag="r", expected=expected, load=archive.load, again=named.update).equal
    missing = set(archive.expected()) - set(dict(index.digest()))
    assert missing == set(named)  # the outbox brings these
    assert len(missing) <= 2


def test_batches_are_cut_by_their_text(
    index: Index, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search.rebuild, "BATCH_LETTERS", 12)  # two short texts
    done: list[int] = []
    rebuild(index, tag="t", expected=archive.expected, load=archive.load, progress=done.append)
    assert done == list(range(2, 31, 2))
