"""``verify``: whether everything still is what the record says, and the record what the trail says.

Besides documents and items these are objects of their own: ``trail``, ``anchor``, ``schema``,
``index``, ``file:<id>``, ``user:<name>`` and ``house`` (plan, units, rules, people on duty).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from archive import documents, fixity, trail
from archive.audit import IN_GERMAN, ChainReport, check_chain
from archive.evidence import replay
from archive.evidence.definition import definition_faults
from archive.evidence.kept import Kind, aggregate
from archive.evidence.replay import Fault, FaultKind
from archive.evidence.stretches import check_events
from archive.model import Document, RenditionRole
from config.clock import new_id
from config.errors import NotFound, Unavailable
from config.logs import logger
from ingest.engines import Engines
from ingest.judging_index import judge_index
from signing.seal import verify_data_seal, verify_seal

PARTS = ("original", "rendition", "note", "seal", "evidence_record", "record", "audit_chain")
NOBODYS = aggregate(Kind.ITEM, None)  #: rows that name a document which is not there
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

    ``faults`` say in German which rows, guards or anchors are not as they should be.
    """

    id: str
    parts: dict[str, str]
    faults: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        return fixity.good(self.parts)


def judge_all(engines: Engines) -> Iterator[Judgement]:
    """Every document, every item that has none, and everything that belongs to no item."""
    with _place(engines) as place, engines.database.read() as session:
        chain = check_chain(session)
        found = replay.replay_all(session, place)
        every = dict(fixity.every_item(session))
        owners = {kind: list(replay.aggregates(session, kind)) for kind in (Kind.FILE, Kind.USER)}
    faults = replay.by_aggregate(found)
    yield from _judge_items(engines, every, faults, chain)
    yield from _gone(every, faults, chain)
    for kind, names in owners.items():
        strange = {name for name in faults if name.startswith(f"{kind.value}:")}
        for name in sorted({*names, *strange}):
            yield _of_rows(name, faults.get(name, ()), chain)
    yield from _house(found, chain)
    yield from (judged(engines, chain) for judged in _ALONE.values())


def judge_these(engines: Engines, ids: Sequence[str]) -> Iterator[Judgement]:
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
        elif object_id not in _ALONE and kind != Kind.HOUSE:
            yield from _judge_object(engines, object_id)
        else:
            if whole is None:
                with engines.database.read() as session:
                    whole = check_chain(session)
            if kind == Kind.HOUSE:
                yield _judge_rows(engines, object_id, whole)
            else:
                yield _ALONE[object_id](engines, whole)


def newest_anchor(engines: Engines) -> str | None:
    """What the operator should note elsewhere, in German."""
    newest = engines.anchors.newest()
    if newest is None:
        return None
    return (
        f"Jüngster Anker: {newest.events} Ereignisse, Ende {newest.head}, {newest.at},"
        f" Schlüssel {engines.anchors.fingerprint}"
    )


@contextmanager
def _place(engines: Engines) -> Iterator[Path]:
    """A file for the promises, gone afterwards."""
    owner = new_id("v")
    try:
        with engines.scratch.room(owner) as room:
            yield room / "promises.db"
    finally:
        engines.scratch.clear(owner)


# ------------------------------------------------------------------ documents and items
def _judge_items(
    engines: Engines,
    every: Mapping[str, Sequence[str]],
    faults: Mapping[str, Sequence[Fault]],
    chain: ChainReport,
) -> Iterator[Judgement]:
    for item_id, parts in every.items():
        its = faults.get(fixity.item_aggregate(item_id), ())
        for object_id in parts or (item_id,):
            yield _judge(engines, object_id, chain, its)


def _judge_object(engines: Engines, object_id: str) -> Iterator[Judgement]:
    newest = engines.anchors.newest()
    with engines.database.read() as session:
        item_id = fixity.item_of(session, object_id) or trail.item_of(session, object_id)
        if item_id is None:
            raise NotFound(f"{object_id} gibt es nicht.")
        known = fixity.item_of(session, object_id) is not None
        name = fixity.item_aggregate(item_id)
        chain = check_events(session, engines.anchors, newest, name)
        its = replay.replay_one(session, name)
        parts = fixity.documents_of(session, object_id) if known else ()
    if not known:
        yield _of_rows(object_id, its, chain)
        return
    for part in parts or (object_id,):
        yield _judge(engines, part, chain, its)


def _judge(
    engines: Engines, object_id: str, chain: ChainReport, faults: Sequence[Fault]
) -> Judgement:
    try:
        with engines.database.read() as session:
            parts = fixity.judge(
                session,
                engines.objects,
                object_id,
                seal=partial(_seal, engines, object_id),
                chain=chain,
                faults=faults,
            )
        if parts["seal"] == fixity.OK and not _supplements_hold(engines, object_id):
            parts["seal"] = fixity.BROKEN
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - one damaged object must not hide all others
        logger("verify").error("cannot be judged", object=object_id, exc_info=error)
        parts = dict.fromkeys(PARTS, fixity.NOT_CHECKED) | {"record": fixity.BROKEN}
        said = f"{object_id} ist nicht lesbar; Näheres im Protokoll."
        return Judgement(id=object_id, parts=parts, faults=(*_said(faults), said))
    return Judgement(id=object_id, parts=parts, faults=_said(faults))


def _gone(
    every: Mapping[str, Sequence[str]], faults: Mapping[str, Sequence[Fault]], chain: ChainReport
) -> Iterator[Judgement]:
    """Items and documents that the trail promises and the record no longer has, and rows of none."""
    for name, its in faults.items():
        kind, _, item_id = name.partition(":")
        if kind != Kind.ITEM:
            continue
        if name == NOBODYS:
            for fault in its:
                yield _of_rows(f"{fault.table}:{fault.key}", (fault,), chain)
            continue
        gone = {
            fault.key for fault in its
            if fault.table in ("item", "document") and fault.kind is FaultKind.MISSING
        }  # fmt: skip
        for object_id in sorted(gone if item_id in every else {*gone, item_id}):
            yield _of_rows(object_id, its, chain)


def _seal(engines: Engines, document_id: str, path: Path) -> str:
    """The seal must be by the very certificate that the trail names."""
    with engines.database.read() as session:
        told = trail.of_object(session, document_id)
    pinned = [event.detail for event in told if event.action == "SEAL_APPLIED"]
    certificate = pinned[-1].get("certificate_sha256") if pinned else None
    if certificate is None:
        return fixity.NOT_CHECKED
    return verify_seal(path, frozenset({str(certificate)}))


def _supplements_hold(engines: Engines, document_id: str) -> bool:
    """Whether the seal over each supplement of the note holds."""
    with engines.database.read() as session:
        document: Document = documents.load_document(session, document_id)
    for kept in document.renditions:
        if kept.role is not RenditionRole.NOTE_SEAL:
            continue
        note = engines.objects.path(str(kept.derived_from)).read_bytes()
        seal = engines.objects.path(kept.sha256).read_bytes()
        expected = frozenset({str(kept.detail["certificate_sha256"])})
        if verify_data_seal(note, seal, expected) != "ok":
            return False
    return True


# ------------------------------------------------------------------ what belongs to no item
def _judge_rows(engines: Engines, name: str, whole: ChainReport | None = None) -> Judgement:
    newest = engines.anchors.newest()
    with engines.database.read() as session:
        if not replay.is_told(session, name):
            raise NotFound(f"{name} gibt es nicht.")
        chain = whole or check_events(session, engines.anchors, newest, name)
        return _of_rows(name, replay.replay_one(session, name), chain)


def _house(found: Sequence[Fault], chain: ChainReport) -> Iterator[Judgement]:
    kinds = (Kind.ITEM.value, Kind.FILE.value, Kind.USER.value)
    house = [fault for fault in found if fault.aggregate.partition(":")[0] not in kinds]
    yield _of_rows(aggregate(Kind.HOUSE, None), house, chain)
    for fault in house:
        yield _of_rows(f"house:{fault.table}:{fault.key}", (fault,), chain)


def _of_rows(object_id: str, faults: Sequence[Fault], chain: ChainReport) -> Judgement:
    return _alone(object_id, chain, record=fixity.faulty(faults), faults=_said(faults))


def _judge_trail(_engines: Engines, chain: ChainReport) -> Judgement:
    why = IN_GERMAN.get(chain.why or "", chain.why)
    faults = () if chain.ok else (f"Ereignis {chain.broken_at}: {why}",)
    return _alone("trail", chain, faults=faults)


def _judge_anchor(engines: Engines, chain: ChainReport) -> Judgement:
    with engines.database.read() as session:
        faults = engines.anchors.faults(session)
    missing = engines.anchors.newest() is None
    verdict = fixity.MISSING if missing else fixity.BROKEN if faults else fixity.OK
    return _alone("anchor", chain, record=verdict, faults=faults)


def _judge_schema(engines: Engines, chain: ChainReport) -> Judgement:
    faults = definition_faults(engines.database)
    return _alone("schema", chain, record=fixity.BROKEN if faults else fixity.OK, faults=faults)


def _judge_index(engines: Engines, chain: ChainReport) -> Judgement:
    verdict, faults = judge_index(engines)
    return _alone("index", chain, record=verdict, faults=faults)


_ALONE: Mapping[str, Callable[[Engines, ChainReport], Judgement]] = {
    "trail": _judge_trail,
    "anchor": _judge_anchor,
    "schema": _judge_schema,
    "index": _judge_index,
}


def _alone(
    object_id: str, chain: ChainReport, *, record: str = fixity.NONE, faults: tuple[str, ...] = ()
) -> Judgement:
    """An object that is no document: its rows and the trail alone are judged."""
    parts = dict.fromkeys(PARTS, fixity.NONE) | {
        "record": record,
        "audit_chain": fixity.OK if chain.ok else fixity.BROKEN,
    }
    return Judgement(id=object_id, parts=parts, faults=faults)


def _said(faults: Sequence[Fault]) -> tuple[str, ...]:
    return tuple(
        f"{fault.table} {fault.key}: {_WORDS[fault.kind].format(event=fault.event)}."
        for fault in faults
    )
