"""Bring an index to what the archive holds: a repair in place, or a new generation beside the old.

Both compare identifiers and revisions and load what differs, round after round, until nothing does,
or nothing but what changed while we compared: where much is filed, that never ends. So what was in
the archive at the last comparison but one is there in the end, and later changes come by the outbox.
The service goes on reading and writing the old generation during a rebuild.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from search.errors import RebuildRefused
from search.index import Delete, Failure, Index, Op, Upsert

BATCH = 2_000  #: documents a commit: many small ones cost half as much again in merges
BATCH_LETTERS = 8_000_000  #: of their text, so that thick files do not fill the memory
MAX_ROUNDS = 20  #: an archive that changes faster than we load is compared as it then is
PARTS = 256  #: of all documents, by their identifiers
EVERY_PART = frozenset(range(PARTS))
_MASK = 2**64 - 1

#: Identifiers and revisions of all documents that ought to be found, as the archive has them now.
Expected = Callable[[], Mapping[str, int]]
#: The present state of one document: an Upsert, or a Delete where it ought not to be found.
Load = Callable[[str], Op]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``equal`` = index and archive were seen to agree, but for what changed in the very moment and
    for ``failures`` no index would take."""

    equal: bool
    loaded: int
    failures: tuple[Failure, ...]


def part_of(document_id: str) -> int:
    """Which part of all documents one belongs to."""
    return zlib.crc32(document_id.encode()) % PARTS


def differing_parts(
    index: Index, expected: Callable[[], Iterable[tuple[str, int]]]
) -> frozenset[int]:
    """The parts in which index and archive do not hold the same, told by sums over each: of any
    number of documents none is kept in memory. One that was filed in between differs, too."""
    held = _sums(index.digest())  # the index first, as in ``reconcile``
    wanted = _sums(expected())
    return frozenset(part for part in EVERY_PART if held[part] != wanted[part])


def _sums(pairs: Iterable[tuple[str, int]]) -> list[int]:
    """Sums of 64 bits over hashes of identifiers and revisions; in what order they come is alike."""
    sums = [0] * PARTS
    for document_id, revision in pairs:
        part = part_of(document_id)
        sums[part] = (sums[part] + hash((document_id, revision))) & _MASK
    return sums


def reconcile(
    index: Index,
    *,
    expected: Expected,
    load: Load,
    progress: Callable[[int], None] = lambda done: None,
    parts: frozenset[int] = EVERY_PART,
) -> Report:
    """Make the index hold what the archive holds. Safe to run beside the indexer, and twice.

    ``parts``: only documents of these (``part_of``), of which ``expected`` then tells as well.
    """
    loaded = 0
    failures: dict[str, Failure] = {}
    before: _Compared | None = None
    for _ in range(MAX_ROUNDS):
        # The index first: what it holds by then, the archive has known before. The other way
        # round, a document filed in between would be taken for foreign and deleted.
        found = {each: revision for each, revision in index.digest() if part_of(each) in parts}
        wanted = expected()
        differing = _differing(wanted, found, failures)
        if not differing or (before is not None and before.has_settled(wanted, differing)):
            return Report(equal=True, loaded=loaded, failures=tuple(failures.values()))
        before = _Compared(wanted, differing)
        for batch in _batches(differing[each] or load(each) for each in differing):
            result = index.apply(batch)
            failures |= {failure.document_id: failure for failure in result.failures}
            loaded += len(batch)
            progress(loaded)
    return Report(equal=False, loaded=loaded, failures=tuple(failures.values()))


def rebuild(
    index: Index,
    *,
    tag: str,
    expected: Expected,
    load: Load,
    keep: bool = True,
    again: Callable[[Mapping[str, Delete | None]], None] | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> Report:
    """Fill a new generation until it equals the archive, promote it, and catch up once more.

    What an interrupted rebuild has filled is gone on with. ``keep`` = false begins afresh and throws
    the old generation away (erasure); else ``rollback`` returns to it. ``again`` is told what changed
    between the last comparison and the promotion (None, or its deletion); it brings this in where
    another process is the writer by then. Without it we do.
    Raises RebuildRefused, with nothing promoted, when the two do not come to agree.
    """
    fresh = index.new_generation(tag, resume=keep)
    try:
        report = reconcile(fresh, expected=expected, load=load, progress=progress)
        if not report.equal:
            fresh.discard()
            raise RebuildRefused(
                "Der neue Suchindex stimmt nicht mit dem Archiv überein. Der bisherige bleibt in "
                "Gebrauch; den Neuaufbau wiederholen."
            )
        fresh.promote(keep=keep)
    except BaseException:
        fresh.leave()
        raise
    if again is not None:
        found = dict(fresh.digest())
        failed = {failure.document_id: failure for failure in report.failures}
        again(_differing(expected(), found, failed))
        return report
    late = reconcile(fresh, expected=expected, load=load)
    failures = {each.document_id: each for each in (*report.failures, *late.failures)}
    return Report(
        equal=late.equal, loaded=report.loaded + late.loaded, failures=tuple(failures.values())
    )


@dataclass(frozen=True, slots=True)
class _Compared:
    """What the archive held at a comparison, and what was loaded or deleted after it."""

    wanted: Mapping[str, int]
    differing: Mapping[str, Delete | None]

    def has_settled(
        self, wanted: Mapping[str, int], differing: Mapping[str, Delete | None]
    ) -> bool:
        """Whether a new comparison differs only in what has changed in the archive since this one,
        and another round would find as much again."""
        if len(differing) < len(self.differing):
            return False
        return all(wanted.get(each) != self.wanted.get(each) for each in differing)


def _differing(
    expected: Mapping[str, int], found: Mapping[str, int], failed: Mapping[str, Failure]
) -> dict[str, Delete | None]:
    """What to load (None), and what to delete because the archive does not know it."""
    differing: dict[str, Delete | None] = {
        each: None
        for each, revision in expected.items()
        if found.get(each, -1) < revision and each not in failed
    }
    foreign = {each: Delete(each, found[each]) for each in found if each not in expected}
    return differing | foreign


def _batches(ops: Iterable[Op]) -> Iterator[list[Op]]:
    """As they are loaded, so that only one batch of texts is in memory."""
    batch: list[Op] = []
    letters = 0
    for op in ops:
        batch.append(op)
        letters += sum(len(page.text) for page in op.entry.pages) if isinstance(op, Upsert) else 0
        if len(batch) >= BATCH or letters >= BATCH_LETTERS:
            yield batch
            batch, letters = [], 0
    if batch:
        yield batch
