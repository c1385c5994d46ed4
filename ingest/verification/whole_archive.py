"""``verify --all``: the whole archive judged in streams, so that its size does not show in memory.

First the chain; then items, files and accounts, some at a time, each time from one view of the record,
while threads hash what they refer to; then what belongs to nobody. Seals are looked at in a second pass.
It is kept how far a run has come, so that one that was stopped can go on (``run.py``).
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice

import sqlalchemy as sa

from archive.audit.trail import ChainReport, check_chain
from archive.evidence import fixity, replay
from archive.evidence.anchors import trail_end
from archive.evidence.fixity import Stood, stood_of
from archive.evidence.replay import FaultKind
from archive.intake import object_references
from archive.tables import schema
from archive.tables.evident_tables import Kind, aggregate
from config.errors import Unavailable
from config.logs import logger
from ingest.verification.objects import ALONE, Judgement, judge_part, of_rows
from ingest.verification.ports import Judged
from ingest.verification.run import ACCOUNTS, FILES, ITEMS, TRAIL, Run, throw_away_run
from ingest.verification.seals import look_at_seal
from ingest.verification.stored_bytes import Hashers, Verdicts, cores

AT_ONCE = 200  #: owners that are read together
_AHEAD = 2  #: groups of items whose objects are being hashed
_KINDS = {ITEMS: Kind.ITEM, FILES: Kind.FILE, ACCOUNTS: Kind.USER}
_REST = "rest"


def judge_all(
    engines: Judged, run: Run | None = None, *, threads: int | None = None
) -> Iterator[Judgement]:
    """Every document, every item that has none, and everything that belongs to no item; of a run
    that goes on, what it has not judged yet. Seals are not looked at (``judge_seals``).

    ``threads`` hash; none: one for each core. Raises Unavailable where store or database are away.
    """
    if run is None:
        with throw_away_run(engines) as own:
            yield from judge_all(engines, own, threads=threads)
        return
    chain = _chain(engines, run)
    _count(engines, run)
    with _beside() as beside:
        # The definition's check reads the whole database: beside everything else.
        definition = None if run.is_done(_REST) else beside.submit(ALONE["schema"], engines, chain)
        yield from _items(engines, run, chain, threads or cores())
        for what in (FILES, ACCOUNTS):
            yield from _rows(engines, run, chain, what)
        if definition is not None:
            chain = _chain(engines, run)  # on over the events of what has arrived meanwhile
            rest = [*_strays(engines, chain), *_house(engines, chain)]
            rest += [judged(engines, chain) for name, judged in ALONE.items() if name != "schema"]
            yield from run.keep_rest([*rest, definition.result()], _REST)


def judge_seals(engines: Judged, run: Run) -> Iterator[Judgement]:
    """The second pass: the seals of all documents that the first has judged, each judgement whole."""
    asked = run.state.without_seal()
    of = run.state.seals_wanted()
    while page := list(islice(asked, AT_ONCE)):
        with engines.database.read() as session:
            table = schema.document
            query = sa.select(table.c.id, table.c.item_id)
            query = query.where(table.c.id.in_([one.id for _, one in page]))
            item_of = {row.id: row.item_id for row in session.execute(query)}
            items = fixity.stood(session, sorted(set(item_of.values())))
        begun = time.thread_time()
        looked = [
            (number, one, _with_seal(engines, one, items.get(item_of.get(one.id, ""))))
            for number, one in page
        ]
        yield from run.keep_seals(looked, time.thread_time() - begun, of)


def _with_seal(engines: Judged, judged: Judgement, one: Stood | None) -> Judgement:
    """The judgement with its seal."""
    verdict, said = fixity.NOT_CHECKED, f"Das Siegel von {judged.id} ist nicht prüfbar"
    try:
        sealed = one and one.seal_of(judged.id)
        if one and sealed:
            verdict, said = look_at_seal(engines.objects, one, sealed), ""
        else:
            said += ": die gesiegelte Datei ist seit dem ersten Durchgang nicht mehr verzeichnet."
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - one damaged seal must not hide all others
        logger("verify").error("a seal cannot be judged", object=judged.id, exc_info=error)
        said += "; Näheres im Protokoll."
    return replace(
        judged,
        parts=judged.parts | {"seal": verdict},
        faults=(*judged.faults, said) if said else judged.faults,
        at=engines.clock(),
        unasked=(),
    )


def _chain(engines: Judged, run: Run) -> ChainReport:
    """Along the trail from where the run has come to."""
    seq, digest = run.trail
    with engines.database.read() as session:
        end = trail_end(session)[0]
        report = check_chain(
            session,
            since_seq=seq,
            since_hash=digest,
            heard=lambda seq, digest: run.walked(seq, digest, end),
        )
    run.tell(TRAIL, end, end)
    run.chain_is(report.ok)
    return report


def _count(engines: Judged, run: Run) -> None:
    with engines.database.read() as session:
        for what, kind in _KINDS.items():
            run.state.put(**{f"{what}_of": replay.how_many(session, kind)})


@contextmanager
def _beside() -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(1, thread_name_prefix="verify-schema")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


# ------------------------------------------------------------------ items and their documents
@dataclass(frozen=True, slots=True)
class _Group:
    """Some items as they were read, while their objects are being hashed."""

    items: Mapping[str, Stood]
    verdicts: Verdicts
    shared: frozenset[str]  #: addresses that other items may have as well


def _items(engines: Judged, run: Run, chain: ChainReport, threads: int) -> Iterator[Judgement]:
    hashers = Hashers(engines.objects, threads)
    ahead: deque[_Group] = deque()
    after = run.after(ITEMS)
    try:
        while group := _group(engines, run, hashers, after, ahead):
            ahead.append(group)
            after = list(group.items)[-1]
            if len(ahead) > _AHEAD:
                yield from _judge_group(engines, run, chain, ahead.popleft())
        while ahead:
            yield from _judge_group(engines, run, chain, ahead.popleft())
    finally:
        hashers.close()


def _group(
    engines: Judged, run: Run, hashers: Hashers, after: str | None, ahead: Sequence[_Group]
) -> _Group | None:
    """The next items, oldest first. What an earlier group has hashed or is hashing is not hashed
    again: that group is judged before this one, and what other items share is kept then."""
    with engines.database.read() as session:
        ids = replay.owners(session, Kind.ITEM, after, AT_ONCE)
        items = fixity.stood(session, ids)
        wanted = {address: size for one in items.values() for address, size in one.addresses()}
        shared = object_references.shared(session, wanted)
    if not ids:
        return None
    known = set(run.state.verdicts(sorted(shared)))
    known |= {address for group in ahead for address in group.shared}
    new = {address: size for address, size in wanted.items() if address not in known}
    return _Group({one: items[one] for one in ids}, hashers.begin(new), shared)


def _judge_group(
    engines: Judged, run: Run, chain: ChainReport, group: _Group
) -> Iterator[Judgement]:
    hashed = group.verdicts.all()
    run.state.keep_verdicts({one: hashed[one] for one in group.shared if one in hashed})
    verdicts = {**hashed, **run.state.verdicts(sorted(group.shared - hashed.keys()))}
    judged: list[Judgement] = []
    for item_id, one in group.items.items():
        for part in [part.id for part in one.parts] or [item_id]:
            judged.append(judge_part(engines, one, part, chain, verdicts.__getitem__, seals=False))
        judged += _gone_parts(engines, one, chain)
    yield from run.keep(judged, ITEMS, owners=list(group.items), size=group.verdicts.size)


def _gone_parts(engines: Judged, one: Stood, chain: ChainReport) -> Iterator[Judgement]:
    """Documents that the trail promises and the record no longer has."""
    gone = {
        fault.key
        for fault in one.faults
        if fault.table == "document" and fault.kind is FaultKind.MISSING
    }
    for document_id in sorted(gone):
        yield of_rows(engines, document_id, one.faults, chain)


# ------------------------------------------------------------------ what belongs to no item
def _rows(engines: Judged, run: Run, chain: ChainReport, what: str) -> Iterator[Judgement]:
    kind = _KINDS[what]
    while True:
        with engines.database.read() as session:
            ids = replay.owners(session, kind, run.after(what), AT_ONCE)
            found = replay.owned(session, kind, ids)
        if not ids:
            return
        judged = [of_rows(engines, found[one].name, found[one].faults, chain) for one in ids]
        yield from run.keep(judged, what, owners=ids)


def _strays(engines: Judged, chain: ChainReport) -> Iterator[Judgement]:
    """Items, documents, files and accounts that the trail promises and the record no longer has,
    and rows of none."""
    for kind in _KINDS.values():
        with engines.database.read() as session:
            for one in replay.strays(session, kind):
                found = replay.owned(session, kind, [one])[one]
                if kind is not Kind.ITEM:
                    yield of_rows(engines, found.name, found.faults, chain)
                    continue
                yield from _gone_parts(engines, stood_of(found), chain)
                yield of_rows(engines, one, found.faults, chain)
    with engines.database.read() as session:
        nobodys = replay.nobodys(session)
    for fault in nobodys:
        yield of_rows(engines, f"{fault.table}:{fault.key}", (fault,), chain)


def _house(engines: Judged, chain: ChainReport) -> Iterator[Judgement]:
    with engines.database.read() as session:
        faults = replay.house(session)
    yield of_rows(engines, aggregate(Kind.HOUSE, None), faults, chain)
    for fault in faults:
        yield of_rows(engines, f"house:{fault.table}:{fault.key}", (fault,), chain)
