"""One run of ``verify --all``: what it has judged, how far it has come, and what it says on the way."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from archive.evidence import fixity
from archive.evidence.anchors import trail_end
from archive.tables import schema
from config.clock import new_id
from ingest.verification.objects import Judgement
from ingest.verification.ports import Judged
from ingest.verification.run_state import FILE, FOLDER, FORM, State, forget, locked, refuse_second

TRAIL, ITEMS, FILES, ACCOUNTS, SEALS = "trail", "items", "files", "accounts", "seals"
_EVENT = schema.audit_event


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """``done`` of ``of`` events, items, files, accounts or seals (``what``)."""

    what: str
    done: int
    of: int
    faults: int  #: objects that were not good, so far
    size: int  #: bytes hashed since this process began, as the record has them


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What a stopped run had judged before it went on."""

    count: int
    faults: int
    first: datetime
    last: datetime
    events_since: int  #: of the trail; what they changed was judged as it stood before


class Run:
    """Safe for one thread. ``hear`` is told how far it has come."""

    def __init__(self, state: State, *, hear: Callable[[Progress], None] = lambda _: None) -> None:
        self.state = state
        self.earlier: Earlier | None = None
        self._hear = hear
        self._faults = state.count()[1]
        self._size = 0

    # ------------------------------------------------------------------ how far it has come
    @property
    def trail(self) -> tuple[int, str | None]:
        """Number and hash of the event up to which the chain was walked."""
        return self.state.number("trail"), self.state.get("trail_hash")

    def walked(self, seq: int, digest: str, end: int) -> None:
        self.state.put(trail=seq, trail_hash=digest)
        self.state.commit()
        self.tell(TRAIL, seq, end)

    def chain_is(self, whole: bool) -> None:
        self.state.put(chain_broken=int(not whole))
        self.state.commit()

    def after(self, what: str) -> str | None:
        """The last owner of this kind that was judged."""
        return self.state.get(f"{what}_after")

    def is_done(self, what: str) -> bool:
        return self.state.get(f"{what}_done") is not None

    def tell(self, what: str, done: int, of: int) -> None:
        self._hear(Progress(what=what, done=done, of=of, faults=self._faults, size=self._size))

    # ------------------------------------------------------------------ what it has judged
    def keep(
        self, judged: Sequence[Judgement], what: str, *, owners: Sequence[str], size: int = 0
    ) -> Sequence[Judgement]:
        """Keep the judgements of these owners; afterwards the run goes on behind the last of them."""
        for one in judged:
            self.state.keep(one)
            self._faults += not one.ok
        done = self.state.number(what) + len(owners)
        self.state.put(**{what: str(done), f"{what}_after": owners[-1]})
        self.state.commit()
        self._size += size
        self.tell(what, done, self.state.number(f"{what}_of"))
        return judged

    def keep_rest(self, judged: Sequence[Judgement], what: str) -> Sequence[Judgement]:
        """Keep what belongs to nobody; it is judged in one go."""
        for one in judged:
            self.state.keep(one)
            self._faults += not one.ok
        self.state.put(**{f"{what}_done": 1})
        self.state.commit()
        return judged

    def keep_seals(
        self, looked: Sequence[tuple[int, Judgement, Judgement]], cpu: float, of: int
    ) -> Sequence[Judgement]:
        """Keep what the second pass says of judgements that were kept: their number there, as they
        were, and with their seal. ``cpu``: seconds that it took."""
        for number, before, one in looked:
            said = one.faults[len(before.faults) :]
            self.state.keep_seal(number, one.parts["seal"], one.at, said)
            self._faults += before.ok and not one.ok
        done = self.state.number(SEALS) + len(looked)
        spent = float(self.state.get("seals_cpu") or 0) + cpu
        self.state.put(seals=done, seals_cpu=repr(spent))
        self.state.commit()
        self.tell(SEALS, done, of)
        return [one for _, _, one in looked]

    def seals(self) -> tuple[int, float]:
        """How many were looked at, and the CPU seconds of one."""
        done = self.state.number(SEALS)
        return done, float(self.state.get("seals_cpu") or 0) / max(done, 1)

    def counts(self) -> tuple[int, int]:
        """How many objects were judged, and how many of them are not good."""
        judged, bad = self.state.count()
        return judged, judged if self.state.number("chain_broken") else bad

    def judgements(self) -> Iterator[Judgement]:
        """All of them, those of an earlier part too. A break of the trail breaks it for all."""
        broken = self.state.number("chain_broken")
        for one in self.state.judgements():
            if broken:
                parts = one.parts | {"audit_chain": fixity.BROKEN}
                yield replace(one, parts=parts)
            else:
                yield one


@contextmanager
def throw_away_run(
    engines: Judged, hear: Callable[[Progress], None] = lambda _: None
) -> Iterator[Run]:
    """A run that nobody will go on with."""
    owner = new_id("v")
    try:
        with engines.scratch.room(owner) as room:
            state = State(room / FILE)
            try:
                yield Run(state, hear=hear)
            finally:
                state.close()
    finally:
        engines.scratch.clear(owner)


@contextmanager
def run_of(
    engines: Judged,
    home: Path,
    *,
    resume: bool,
    hear: Callable[[Progress], None],
    say: Callable[[str], None],
) -> Iterator[Run]:
    """A run that can be gone on with when it is stopped; gone when it comes to its end.

    It is kept below ``home``. ``resume``: go on with the one that was stopped. ``say`` hears in German what becomes of that
    one. Raises Conflict where another process goes on with it.
    """
    if engines.database.read_only or not os.access(home, os.W_OK):
        if resume:
            say("Der Datenordner ist nur lesbar; die Prüfung beginnt von vorn.")
        with throw_away_run(engines, hear) as run:
            yield run
        return
    folder = home / FOLDER
    with locked(folder) as alone:
        refuse_second(alone or not resume)
        if not alone:
            say(
                "Eine andere Prüfung des ganzen Bestands läuft; diese kann nicht fortgesetzt werden."
            )
            with throw_away_run(engines, hear) as run:
                yield run
            return
        run = _opened(engines, folder, resume, hear, say)
        try:
            yield run
        finally:
            run.state.close()
        forget(folder)


def _opened(
    engines: Judged,
    folder: Path,
    resume: bool,
    hear: Callable[[Progress], None],
    say: Callable[[str], None],
) -> Run:
    if (folder / FILE).exists():
        why = "" if resume else "--resume hätte sie fortgesetzt"
        try:
            run = Run(State(folder / FILE), hear=hear)
            why = why or _strange(engines, run.state)
            if not why:
                run.earlier = _earlier(engines, run.state)
                return run
            begun = run.state.get("begun")
            run.state.close()
        except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
            why, begun = f"ihr Stand ist nicht lesbar ({error})", None
        say(f"Die Prüfung, die {_when(begun)} begonnen wurde, beginnt von vorn: {why}.")
    elif resume:
        say("Es gibt keine unterbrochene Prüfung; diese beginnt von vorn.")
    forget(folder)
    state = State(folder / FILE)
    state.put(form=FORM, begun=engines.clock().isoformat(), **_named(engines))
    state.commit()
    return Run(state, hear=hear)


def _named(engines: Judged) -> dict[str, str]:
    """What a state is of."""
    return {
        "release": engines.version,
        "anchor_key": engines.anchors.fingerprint,
        "database": sa.make_url(engines.database.url).render_as_string(hide_password=True),
    }


def _strange(engines: Judged, state: State) -> str:
    """Why the state is not believed, in German."""
    if state.get("form") != str(FORM):
        return "ihr Stand hat eine andere Form"
    named = _named(engines)
    if state.get("release") != named.pop("release"):
        return "sie ist von einer anderen Fassung des Programms"
    if any(state.get(name) != value for name, value in named.items()):
        return "sie ist von einem anderen Archiv"
    seq = state.number("trail")
    with engines.database.read() as session:
        query = sa.select(_EVENT.c.hash).where(_EVENT.c.seq == seq)
        if seq and session.execute(query).scalar() != state.get("trail_hash"):
            return f"das Protokoll hat ihr Ereignis {seq} nicht mehr"
    return ""


def _earlier(engines: Judged, state: State) -> Earlier | None:
    count, faults = state.count()
    span = state.span()
    if span is None:
        return None
    with engines.database.read() as session:
        since = trail_end(session)[0] - state.number("trail")
    return Earlier(count=count, faults=faults, first=span[0], last=span[1], events_since=since)


def _when(begun: str | None) -> str:
    return "zuvor" if begun is None else f"am {datetime.fromisoformat(begun):%d.%m.%Y um %H:%M} UTC"
