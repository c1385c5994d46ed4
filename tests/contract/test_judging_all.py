"""``verify --all`` in streams: each object hashed once, the same from one thread and from many, and a
run that was stopped at any place says in the end what a whole one says."""

from __future__ import annotations

import io
import os
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from archive.db.database import Database
from archive.evidence.anchors import Anchors, open_key
from archive.store.objects import Fixity
from archive.store.objects_folder import FolderStore
from config.errors import Conflict, Unavailable
from ingest.verification import whole_archive
from ingest.verification.objects import Judgement
from ingest.verification.run import ITEMS, Progress, Run, run_of, throw_away_run
from ingest.verification.run_state import FILE, FOLDER, State, locked
from ingest.verification.whole_archive import judge_all, judge_seals
from search.german.analysis import Analyser, load_analyser
from tests.contract.judging_kit import ITEMS_THERE, Killed, Office, fill, opened
from tests.contract.rig import START, Rig
from tests.postgres import ENGINES, new_database, server

SEED = 20261128
Said = dict[str, tuple[dict[str, str], tuple[str, ...]]]


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return load_analyser()


@pytest.fixture(scope="module")
def filled(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home to copy from, as it costs more to fill than to judge."""
    home = tmp_path_factory.mktemp("filled") / "home"
    home.mkdir()
    shutil.copyfile(sqlite_template, home / "record.db")
    database = Database(f"sqlite:///{home / 'record.db'}")
    fill(database, home)
    database.close()
    return home


@pytest.fixture
def office(
    request: pytest.FixtureRequest,
    filled: Path,
    tmp_path: Path,
    analyser: Analyser,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Office]:
    monkeypatch.setattr(whole_archive, "AT_ONCE", 3)  # several groups
    home = tmp_path / "home"
    shutil.copytree(filled, home)
    if getattr(request, "param", "sqlite") == "sqlite":
        with closing(Database(f"sqlite:///{home / 'record.db'}")) as database:
            yield from opened(database, home, analyser)
        return
    server()  # skips where there is none, before a template is made
    shutil.rmtree(home)
    with (
        new_database(request.getfixturevalue("postgres_template")) as url,
        closing(Database(url)) as database,
    ):
        fill(database, home)
        yield from opened(database, home, analyser)


def said(judged: Iterator[Judgement]) -> Said:
    found = [(one.id, (one.parts, one.faults)) for one in judged]
    assert len({name for name, _ in found}) == len(found)
    return dict(found)


def harm(office: Office) -> None:
    """One of each: rotten and lost bytes, a changed row, a document that is gone with its rows."""
    office.damage(office.originals["i01"])
    office.store.delete(office.originals["i00"])
    office.run("UPDATE item SET received_by = 'jemand' WHERE id = 'i06'")
    for table in ("finding", "rendition", "outbox"):
        office.run(f"DELETE FROM {table} WHERE document_id = 'i08-1'")
    office.run("DELETE FROM document WHERE id = 'i08-1'")


@pytest.mark.parametrize("office", ENGINES, indirect=True)
def test_all_is_good_and_no_seal_is_called_good(office: Office) -> None:
    judged = {one.id: one for one in judge_all(office.evidence)}
    assert [name for name, one in judged.items() if not one.ok] == []
    sealed = [one for one in judged.values() if one.parts["seal"] != "none"]
    assert len(sealed) == 10
    assert {(one.parts["seal"], one.unasked) for one in sealed} == {("not_checked", ("seal",))}


def test_an_object_is_hashed_once_however_many_refer_to_it(office: Office) -> None:
    list(judge_all(office.evidence))
    assert set(office.store.hashed.values()) == {1}
    assert set(office.store.hashed) == set(office.store.addresses())


def test_one_thread_and_several_say_the_same(office: Office) -> None:
    harm(office)
    assert said(judge_all(office.evidence, threads=1)) == said(
        judge_all(office.evidence, threads=4)
    )


@pytest.mark.parametrize("office", ENGINES, indirect=True)
def test_every_harm_is_named(office: Office) -> None:
    harm(office)
    found = said(judge_all(office.evidence))
    assert found["i01-1"][0]["original"] == "broken"
    for name in ("i00-1", "i05-1", "i10"):  # all that have the same original
        assert found[name][0]["original"] == "missing"
    assert found["i06-1"][0]["record"] == "broken"
    assert found["i08-1"][0]["record"] == "missing"
    assert found["i12-1"][0]["record"] == "ok"


def test_no_more_items_are_held_than_a_few_groups(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted where they are read and where they are judged."""
    held = most = 0
    read, judged = whole_archive._group, whole_archive._judge_group

    def reading(*args: object) -> object:
        nonlocal held, most
        group = read(*args)  # type: ignore[arg-type]
        held += 0 if group is None else len(group.items)
        most = max(most, held)
        return group

    def judging(*args: object) -> Iterator[Judgement]:
        nonlocal held
        yield from judged(*args)  # type: ignore[arg-type]
        held -= len(args[3].items)  # type: ignore[attr-defined]

    monkeypatch.setattr(whole_archive, "_group", reading)
    monkeypatch.setattr(whole_archive, "_judge_group", judging)
    list(judge_all(office.evidence))
    assert held == 0 and most <= 3 * whole_archive.AT_ONCE < ITEMS_THERE


# ------------------------------------------------------------------ going on
def stopped_and_gone_on(office: Office, draw: random.Random) -> tuple[Said, int]:
    """A run that is killed over and over, at a place drawn anew each time, until one comes through."""
    place = office.evidence.home / "killed.db"
    kills = 0
    while True:
        state = State(place)
        office.store.dies_at = office.store.hashed.total() + draw.randrange(1, 40)
        steps = iter(range(draw.randrange(1, 9)))

        def hear(_: Progress, steps: Iterator[int] = steps) -> None:
            if next(steps, None) is None:
                raise Killed

        run = Run(state, hear=hear)
        try:
            for _ in judge_all(office.evidence, run):
                pass
            found = said(run.judgements())
        except Killed:
            kills += 1
        else:
            return found, kills
        finally:
            state.close()
            office.store.dies_at = None


def check_kills(office: Office, rounds: int) -> None:
    harm(office)
    whole = said(judge_all(office.evidence))
    draw = random.Random(SEED)
    kills = 0
    for _ in range(rounds):
        found, died = stopped_and_gone_on(office, draw)
        kills += died
        for name in ("killed.db", "killed.db-wal", "killed.db-shm"):
            (office.evidence.home / name).unlink(missing_ok=True)
        assert found == whole
    assert kills > rounds


@pytest.mark.parametrize("office", ENGINES, indirect=True)
def test_a_run_that_is_killed_anywhere_and_gone_on_with_says_the_same(office: Office) -> None:
    check_kills(office, 3)


@pytest.mark.campaign
@pytest.mark.timeout(1800)
def test_three_hundred_runs_that_are_killed_anywhere(office: Office) -> None:
    check_kills(office, 300)


def begin(office: Office) -> None:
    """A run that stops after the first group of items."""

    def hear(step: Progress) -> None:
        if step.what == ITEMS:
            raise Killed

    with (
        pytest.raises(Killed),
        run_of(office.evidence, office.evidence.home, resume=False, hear=hear, say=print) as run,
    ):
        list(judge_all(office.evidence, run))


def go_on(office: Office, *, resume: bool = True, **other: Any) -> tuple[int, list[str], bool]:
    """How many objects were judged now, what was said, and whether the earlier part was believed."""
    evidence = replace(office.evidence, **other)
    heard: list[str] = []
    with run_of(
        evidence, evidence.home, resume=resume, hear=lambda _: None, say=heard.append
    ) as run:
        count = sum(1 for _ in judge_all(evidence, run))
        return count, heard, run.earlier is not None


def test_what_was_judged_before_is_told_with_its_time_and_the_state_goes(office: Office) -> None:
    whole = len(said(judge_all(office.evidence)))
    begin(office)
    later = replace(office.evidence, clock=lambda: START + timedelta(days=2))
    with run_of(later, later.home, resume=True, hear=lambda _: None, say=print) as run:
        assert run.earlier is not None and run.earlier.count == 3
        assert run.earlier.last == START + timedelta(days=1)
        assert len(list(judge_all(later, run))) == whole - 3
        times = Counter(one.at for one in run.judgements())
    assert times == {START + timedelta(days=1): 3, START + timedelta(days=2): whole - 3}
    assert not (later.home / FOLDER / FILE).exists()


def test_without_being_asked_nothing_is_gone_on_with(office: Office) -> None:
    whole = len(said(judge_all(office.evidence)))
    begin(office)
    count, heard, believed = go_on(office, resume=False)
    assert (count, believed) == (whole, False)
    assert "--resume" in heard[0]


@pytest.mark.parametrize("what", ["release", "archive", "trail", "bytes", "form"])
def test_a_state_that_is_not_this_archive_s_is_not_believed(
    office: Office, tmp_path: Path, what: str
) -> None:
    begin(office)
    place = office.evidence.home / FOLDER / FILE
    other: dict[str, Any] = {}
    if what == "release":
        other = {"version": "2"}
    elif what == "archive":
        other = {"anchors": Anchors(tmp_path / "o", open_key(tmp_path / "other.key"))}
    elif what == "trail":
        office.run(
            "UPDATE audit_event SET hash = 'anders' WHERE seq = (SELECT max(seq) FROM audit_event)"
        )
    elif what == "bytes":
        place.write_bytes(b"no database at all" * 100)
    else:
        state = State(place)
        state.put(form=99)
        state.commit()
        state.close()
    count, heard, believed = go_on(office, **other)
    assert not believed and count > ITEMS_THERE
    assert "beginnt von vorn" in heard[0]


def test_events_since_the_interruption_are_told_and_walked(office: Office) -> None:
    begin(office)
    with office.evidence.database.write() as session:
        Rig(session, ticks=5000).item("i99", b"late")
    office.store.put(io.BytesIO(b"late"))
    with run_of(
        office.evidence, office.evidence.home, resume=True, hear=lambda _: None, say=print
    ) as run:
        assert run.earlier is not None and run.earlier.events_since == 1
        judged = {one.id: one for one in judge_all(office.evidence, run)}
        assert run.trail[0] == run.state.number("trail")
    assert judged["i99"].ok and judged["trail"].ok


def test_a_trail_that_broke_since_breaks_what_was_judged_before(office: Office) -> None:
    begin(office)
    with office.evidence.database.write() as session:
        Rig(session, ticks=5000).item("i99", b"late")
    office.run("UPDATE audit_event SET actor = 'x' WHERE seq = (SELECT max(seq) FROM audit_event)")
    with run_of(
        office.evidence, office.evidence.home, resume=True, hear=lambda _: None, say=print
    ) as run:
        list(judge_all(office.evidence, run))
        assert run.earlier is not None
        assert {one.parts["audit_chain"] for one in run.judgements()} == {"broken"}
        judged, bad = run.counts()
        assert judged == bad


def test_two_runs_do_not_share_a_state(office: Office) -> None:
    home = office.evidence.home
    with locked(home / FOLDER) as alone:
        assert alone
        with pytest.raises(Conflict):
            go_on(office)
        _, heard, _ = go_on(office, resume=False)
        assert "läuft" in heard[0]
    assert not list((home / "work").iterdir())


# ------------------------------------------------------------------ one object and the whole store
def test_an_object_that_cannot_be_read_costs_itself_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad sector, say: the store as a whole can be used."""
    bad = office.originals["i02"]
    check = FolderStore.check

    def reading(store: FolderStore, sha256: str) -> Fixity:
        if sha256 == bad:
            raise Unavailable("read error")
        return check(store, sha256)

    monkeypatch.setattr(FolderStore, "check", reading)
    found = {one.id: one for one in judge_all(office.evidence)}
    assert found["i02-1"].parts["original"] == "not_checked"
    assert [name for name, one in found.items() if not one.ok] == ["i02-1"]


def test_a_store_that_is_away_ends_the_run_which_can_be_gone_on_with(office: Office) -> None:
    begin(office)
    kept = office.store.root / "objects"
    shutil.move(kept, office.store.root / "away")
    with pytest.raises(Unavailable):
        go_on(office)
    shutil.move(office.store.root / "away", kept)
    count, _, believed = go_on(office)
    assert believed and count > 0


# ------------------------------------------------------------------ seals
def test_the_second_pass_judges_every_seal_and_is_gone_on_with(office: Office) -> None:
    """No seal was applied in this archive: none can be checked, and asked for that is a fault."""
    with throw_away_run(office.evidence) as run:
        first = list(judge_all(office.evidence, run))
        begun = next(judge_seals(office.evidence, run))
        rest = list(judge_seals(office.evidence, run))
        assert len(rest) == 10 - 3
        assert not begun.ok and begun.parts["seal"] == "not_checked" and not begun.unasked
        judged, bad = run.counts()
        assert (judged, bad) == (len(first), 10)
        assert run.seals()[0] == 10
        assert sum(not one.ok for one in run.judgements()) == bad


def test_a_home_that_can_only_be_read_is_judged_all_the_same(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who runs the tests may write everywhere, so the system's answer is put in its place."""
    home, access = office.evidence.home, os.access
    monkeypatch.setattr(os, "access", lambda place, mode: place != home and access(place, mode))
    _, heard, believed = go_on(office)
    assert "nur lesbar" in heard[0] and not believed
    assert not (office.evidence.home / FOLDER).exists()
