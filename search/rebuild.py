"""A new generation beside the old one: filled from the archive, compared with it, promoted.

The service goes on reading and writing the old generation meanwhile. What changes in the archive
during the work comes by ``changes``, which is asked until it has nothing more, and once again
after the promotion for what slipped in between; operations are versioned, so too many do no harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from search.errors import RebuildRefused
from search.index import ApplyResult, Entry, Failure, Index, Op, Upsert

BATCH = 200  #: documents a commit
MAX_ROUNDS = 20  #: of catching up; an archive that changes faster is compared as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildReport:
    """``documents`` in the new generation; ``failures`` of entries that no index would take."""

    generation: str | None
    documents: int
    changes: int
    failures: tuple[Failure, ...]


def rebuild(
    index: Index,
    *,
    tag: str,
    entries: Iterable[Entry],
    changes: Callable[[], Iterable[Op]],
    expected: Callable[[], Iterable[tuple[str, int]]],
    keep: bool = True,
    progress: Callable[[int], None] = lambda done: None,
) -> RebuildReport:
    """Build, compare and promote; the generation before stays for ``rollback``.

    ``entries`` are all documents of the archive, ``changes`` what has changed since they were
    begun to be read (each call: since the call before), ``expected`` the archive's identifiers and
    revisions. ``keep`` = false throws the old generation away (erasure). Raises RebuildRefused, with nothing promoted, when the comparison fails.
    """
    fresh = index.new_generation(tag)
    try:
        work = _Work(fresh, progress)
        work.take(Upsert(entry) for entry in entries)
        caught_up = work.catch_up(changes)
        _compare(
            dict(expected()), dict(fresh.digest()), {each.document_id for each in work.failures}
        )
        fresh.promote(keep=keep)
    except BaseException:
        fresh.discard()
        raise
    caught_up += work.catch_up(changes)
    return RebuildReport(
        generation=fresh.health().generation,
        documents=fresh.size(),
        changes=caught_up,
        failures=tuple(work.failures),
    )


class _Work:
    def __init__(self, fresh: Index, progress: Callable[[int], None]) -> None:
        self.fresh = fresh
        self.progress = progress
        self.done = 0
        self.failures: list[Failure] = []

    def take(self, ops: Iterable[Op]) -> int:
        """Apply in batches; returns how many there were."""
        taken = 0
        for batch in _batches(ops):
            result: ApplyResult = self.fresh.apply(batch)
            self.failures.extend(result.failures)
            taken += len(batch)
            self.done += len(batch)
            self.progress(self.done)
        return taken

    def catch_up(self, changes: Callable[[], Iterable[Op]]) -> int:
        total = 0
        for _ in range(MAX_ROUNDS):
            taken = self.take(changes())
            total += taken
            if taken == 0:
                break
        return total


def _batches(ops: Iterable[Op]) -> Iterator[list[Op]]:
    stream = iter(ops)
    while batch := list(islice(stream, BATCH)):
        yield batch


def _compare(expected: dict[str, int], found: dict[str, int], failed: set[str]) -> None:
    missing = [each for each in expected if each not in found and each not in failed]
    foreign = [each for each in found if each not in expected]
    # A newer revision in the index than in the list is a change that came while it was read.
    stale = [each for each in expected if each in found and found[each] < expected[each]]
    if missing or foreign or stale:
        raise RebuildRefused(
            f"Der neue Suchindex stimmt nicht mit dem Archiv überein: {len(missing)} Dokumente "
            f"fehlen, {len(foreign)} sind zu viel, {len(stale)} sind veraltet. "
            "Der bisherige bleibt in Gebrauch; den Neuaufbau wiederholen."
        )
