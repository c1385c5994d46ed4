"""Bring an index to what the archive holds: a repair in place, or a new generation beside the old.

Both compare identifiers and revisions and load what differs, round after round, until nothing does.
So whatever changes in the archive meanwhile is there in the end, whether or not its news are still
in an outbox. The service goes on reading and writing the old generation during a rebuild.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from search.errors import RebuildRefused
from search.index import Delete, Failure, Index, Op

BATCH = 200  #: documents a commit
MAX_ROUNDS = 20  #: an archive that changes faster than we load is compared as it then is

#: Identifiers and revisions of all documents that ought to be found, as the archive has them now.
Expected = Callable[[], Mapping[str, int]]
#: The present state of one document: an Upsert, or a Delete where it ought not to be found.
Load = Callable[[str], Op]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``equal`` = index and archive were seen to agree, but for ``failures`` no index would take."""

    equal: bool
    loaded: int
    failures: tuple[Failure, ...]


def reconcile(
    index: Index,
    *,
    expected: Expected,
    load: Load,
    progress: Callable[[int], None] = lambda done: None,
) -> Report:
    """Make the index hold what the archive holds. Safe to run beside the indexer, and twice."""
    loaded = 0
    failures: dict[str, Failure] = {}
    for _ in range(MAX_ROUNDS):
        # The index first: what it holds by then, the archive has known before. The other way
        # round, a document filed in between would be taken for foreign and deleted.
        found = dict(index.digest())
        differing = _differing(expected(), found, failures)
        if not differing:
            return Report(equal=True, loaded=loaded, failures=tuple(failures.values()))
        for batch in _batches(differing):
            result = index.apply([differing[each] or load(each) for each in batch])
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
    progress: Callable[[int], None] = lambda done: None,
) -> Report:
    """Fill a new generation until it equals the archive, promote it, and catch up once more.

    ``keep`` = false throws the old generation away (erasure); else ``rollback`` returns to it.
    Raises RebuildRefused, with nothing promoted, when the two do not come to agree.
    """
    fresh = index.new_generation(tag)
    try:
        report = reconcile(fresh, expected=expected, load=load, progress=progress)
        if not report.equal:
            raise RebuildRefused(
                "Der neue Suchindex stimmt nicht mit dem Archiv überein. Der bisherige bleibt in "
                "Gebrauch; den Neuaufbau wiederholen."
            )
        fresh.promote(keep=keep)
    except BaseException:
        fresh.discard()
        raise
    late = reconcile(fresh, expected=expected, load=load)
    failures = {each.document_id: each for each in (*report.failures, *late.failures)}
    return Report(
        equal=late.equal, loaded=report.loaded + late.loaded, failures=tuple(failures.values())
    )


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


def _batches(differing: Iterable[str]) -> Iterator[list[str]]:
    stream = iter(differing)
    while batch := list(islice(stream, BATCH)):
        yield batch
