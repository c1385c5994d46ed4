"""``verify``: whether everything still is what the record says, and the record what the trail says.

Besides documents and items these are objects of their own: ``trail``, ``anchor``, ``schema``,
``index``, ``file:<id>``, ``user:<name>`` and ``house`` (plan, units, rules, people on duty).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from archive.audit import object_trail
from archive.audit.trail import IN_GERMAN, ChainReport, check_chain
from archive.evidence import fixity, replay
from archive.evidence.database_definition import definition_faults
from archive.evidence.fixity import Kept, Stood
from archive.evidence.partial_checks import check_events
from archive.evidence.replay import Fault, FaultKind
from archive.tables.evident_tables import Kind
from config.errors import NotFound, Unavailable
from config.logs import logger
from ingest.verification.index_check import judge_index
from ingest.verification.ports import Judged
from ingest.verification.seals import look_at_seal

PARTS = ("original", "rendition", "note", "seal", "evidence_record", "record", "audit_chain")
_WORDS = {
    FaultKind.CHANGED: "steht nicht so da, wie Ereignis {event} es zusagt",
    FaultKind.MISSING: "fehlt; Ereignis {event} sagt die Zeile zu",
    FaultKind.UNPROMISED: "steht da, ohne dass ein Ereignis davon weiß",
    FaultKind.OVERWRITTEN: "war vor Ereignis {event} außerhalb des Programms geändert worden",
    FaultKind.UNREADABLE: "enthält Werte, die die Datenbank nicht lesen kann",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The parts of one object, each ``ok|broken|missing|pending|none|not_checked``.

    ``faults`` say in German which rows, guards or anchors are not as they should be. ``at``: when it
    was judged. ``unasked``: parts that nobody asked for; ``not_checked`` is no fault of theirs.
    """

    id: str
    parts: dict[str, str]
    at: datetime
    faults: tuple[str, ...] = field(default=())
    unasked: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        return fixity.good(self.parts, unasked=self.unasked)


def judge_these(engines: Judged, ids: Sequence[str]) -> Iterator[Judgement]:
    """These objects; an item stands for its documents.

    Of the trail, an item, a file and an account are judged by their own events, each along the chain
    to the next anchor; everything else by the whole chain.

    Raises:
        NotFound: an id is unknown.
    """
    whole: ChainReport | None = None
    for object_id in ids:
        kind = object_id.partition(":")[0]
        if kind in (Kind.FILE, Kind.USER):
            yield _judge_rows(engines, object_id)
        elif object_id not in ALONE and kind != Kind.HOUSE:
            yield from _judge_object(engines, object_id)
        else:
            if whole is None:
                with engines.database.read() as session:
                    whole = check_chain(session)
            if kind == Kind.HOUSE:
                yield _judge_rows(engines, object_id, whole)
            else:
                yield ALONE[object_id](engines, whole)


def newest_anchor(engines: Judged) -> str | None:
    """What the operator should note elsewhere, in German."""
    newest = engines.anchors.newest()
    if newest is None:
        return None
    return (
        f"Jüngster Anker: {newest.events} Ereignisse, Ende {newest.head}, {newest.at},"
        f" Schlüssel {engines.anchors.fingerprint}"
    )


# ------------------------------------------------------------------ documents and items
def _judge_object(engines: Judged, object_id: str) -> Iterator[Judgement]:
    newest = engines.anchors.newest()
    with engines.database.read() as session:
        known = fixity.item_of(session, object_id)
        item_id = known or object_trail.item_of(session, object_id)
        if item_id is None:
            raise NotFound(f"{object_id} gibt es nicht.")
        chain = check_events(session, engines.anchors, newest, fixity.item_aggregate(item_id))
        one = fixity.stood(session, [item_id])[item_id]
    if known is None:
        yield of_rows(engines, object_id, one.faults, chain)
        return
    parts = [part.id for part in one.parts] if object_id == item_id else [object_id]
    check = cache(engines.objects.check)  # each object is hashed once
    for part in parts or [object_id]:
        yield judge_part(engines, one, part, chain, check)


def judge_part(
    engines: Judged,
    one: Stood,
    object_id: str,
    chain: ChainReport,
    check: Callable[[str], str],
    *,
    seals: bool = True,
) -> Judgement:
    """One document, or an item that has none; without ``seals`` its seal is not looked at."""

    def looked(kept: Kept) -> str:
        return look_at_seal(engines.objects, one, kept)

    said = in_german(one.faults)
    try:
        parts = fixity.parts_of(one, object_id, check, seal=looked if seals else None, chain=chain)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - one damaged object must not hide all others
        logger("verify").error("cannot be judged", object=object_id, exc_info=error)
        parts = dict.fromkeys(PARTS, fixity.NOT_CHECKED) | {"record": fixity.BROKEN}
        said = (*said, f"{object_id} ist nicht lesbar; Näheres im Protokoll.")
    unasked = () if seals or parts["seal"] != fixity.NOT_CHECKED else ("seal",)
    return Judgement(id=object_id, parts=parts, at=engines.clock(), faults=said, unasked=unasked)


# ------------------------------------------------------------------ what belongs to no item
def _judge_rows(engines: Judged, name: str, whole: ChainReport | None = None) -> Judgement:
    newest = engines.anchors.newest()
    with engines.database.read() as session:
        if not replay.is_told(session, name):
            raise NotFound(f"{name} gibt es nicht.")
        chain = whole or check_events(session, engines.anchors, newest, name)
        return of_rows(engines, name, replay.replay_one(session, name), chain)


def of_rows(
    engines: Judged, object_id: str, faults: Sequence[Fault], chain: ChainReport
) -> Judgement:
    """What is rows alone, by those of them that are at fault."""
    record, said = fixity.faulty(faults), in_german(faults)
    return _alone(engines, object_id, chain, record=record, faults=said)


def _judge_trail(engines: Judged, chain: ChainReport) -> Judgement:
    why = IN_GERMAN.get(chain.why or "", chain.why)
    faults = () if chain.ok else (f"Ereignis {chain.broken_at}: {why}",)
    return _alone(engines, "trail", chain, faults=faults)


def _judge_anchor(engines: Judged, chain: ChainReport) -> Judgement:
    with engines.database.read() as session:
        faults = engines.anchors.faults(session)
    missing = engines.anchors.newest() is None
    verdict = fixity.MISSING if missing else fixity.BROKEN if faults else fixity.OK
    return _alone(engines, "anchor", chain, record=verdict, faults=faults)


def _judge_schema(engines: Judged, chain: ChainReport) -> Judgement:
    faults = definition_faults(engines.database)
    return _alone(
        engines, "schema", chain, record=fixity.BROKEN if faults else fixity.OK, faults=faults
    )


def _judge_index(engines: Judged, chain: ChainReport) -> Judgement:
    verdict, faults = judge_index(engines)
    return _alone(engines, "index", chain, record=verdict, faults=faults)


ALONE: Mapping[str, Callable[[Judged, ChainReport], Judgement]] = {
    "trail": _judge_trail,
    "anchor": _judge_anchor,
    "schema": _judge_schema,
    "index": _judge_index,
}


def _alone(
    engines: Judged,
    object_id: str,
    chain: ChainReport,
    *,
    record: str = fixity.NONE,
    faults: tuple[str, ...] = (),
) -> Judgement:
    """An object that is no document: its rows and the trail alone are judged."""
    parts = dict.fromkeys(PARTS, fixity.NONE) | {
        "record": record,
        "audit_chain": fixity.OK if chain.ok else fixity.BROKEN,
    }
    return Judgement(id=object_id, parts=parts, at=engines.clock(), faults=faults)


def in_german(faults: Sequence[Fault]) -> tuple[str, ...]:
    return tuple(
        f"{fault.table} {fault.key}: {_WORDS[fault.kind].format(event=fault.event)}."
        for fault in faults
    )
