"""What holds for the index in a folder alone: processes, crashes, versions, files."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import tantivy

from search import fields
from search.engines.tantivy import ranking
from search.engines.tantivy.index_tantivy import TantivyIndex
from search.errors import IndexOutdated, IndexUnavailable
from search.german.analysis import Analyser, load_analyser
from search.index import Delete, IndexState, Sort, Upsert
from search.query.parser import parse
from tests.contract.index_kit import BAUAMT, bare_analyser, entry, every_page, found, upsert

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return bare_analyser()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def index(root: Path, analyser: Analyser) -> Iterator[TantivyIndex]:
    made = TantivyIndex(root, analyser)
    yield made
    made.close()


def child(root: Path, body: str) -> subprocess.Popen[str]:
    """Another process with an open index of the same root."""
    program = f"""
        import sys, time
        from pathlib import Path
        from search.errors import IndexUnavailable
        from search.index import Delete, Scope
        from search.query.parser import parse
        from search.engines.tantivy.index_tantivy import TantivyIndex
        from tests.contract.index_kit import BAUAMT, bare_analyser, found, upsert
        index = TantivyIndex(Path({str(root)!r}), bare_analyser())
        def say(text):
            print(text, flush=True)
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program) + textwrap.dedent(body)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_a_second_writing_process_is_refused_and_may_read(root: Path, index: TantivyIndex) -> None:
    index.apply([upsert("a", "Antrag")])
    other = child(
        root,
        """
        say(found(index, "Antrag"))
        try:
            index.apply([upsert("b", "Antrag")])
        except IndexUnavailable as error:
            say(error)
        sys.stdin.readline()
        say(index.apply([upsert("b", "Antrag")]).applied)
        """,
    )
    try:
        assert line(other) == "['a']"
        assert "schreibt gerade ein anderer Prozess" in line(other)
        index.close()
        assert other.stdin is not None
        other.stdin.write("\n")
        other.stdin.flush()
        assert line(other) == "1"
    finally:
        end(other)


def test_a_reader_in_another_process_sees_the_last_commit(root: Path, index: TantivyIndex) -> None:
    other = child(
        root,
        """
        while True:
            sys.stdin.readline()
            say(sorted(found(index, "Antrag")))
        """,
    )
    try:
        assert other.stdin is not None
        for wanted in (["a"], ["a", "b"]):
            index.apply([upsert(wanted[-1], "Antrag")])
            other.stdin.write("\n")
            other.stdin.flush()
            assert line(other) == str(wanted)
        fresh = index.new_generation("x")
        fresh.apply([upsert("c", "Antrag")])
        fresh.promote()
        other.stdin.write("\n")
        other.stdin.flush()
        assert line(other) == "['c']"
    finally:
        end(other)


@pytest.mark.parametrize("committed", [False, True])
def test_killed_around_a_commit(root: Path, analyser: Analyser, committed: bool) -> None:
    """Everything of a batch is there or nothing; the next process writes at once."""
    other = child(
        root,
        f"""
        import os, signal
        from search.engines.tantivy.generations import Generation
        index.apply([upsert(f"kept{{number}}", "Antrag") for number in range(20)])
        commit = Generation.commit
        def die(self):
            if {committed}:
                commit(self)
            os.kill(os.getpid(), signal.SIGKILL)
        Generation.commit = die
        index.apply([upsert("kept0", "neu", revision=2), Delete("kept1", 2)]
            + [upsert(f"new{{number}}", "Antrag " * 500) for number in range(200)])
        """,
    )
    other.communicate()
    assert other.returncode == -signal.SIGKILL
    index = TantivyIndex(root, analyser)
    digest = dict(index.digest())
    if committed:
        assert len(digest) == 219 and digest["kept0"] == 2 and "kept1" not in digest
    else:
        assert digest == {f"kept{number}": 1 for number in range(20)}
    again = index.apply([upsert("kept0", "neu", revision=2), Delete("kept1", 2)])
    assert again.applied == (0 if committed else 2)
    index.close()


@pytest.mark.parametrize("pause", [0.0, 0.004, 0.011, 0.023, 0.04])
def test_killed_at_any_moment(root: Path, analyser: Analyser, pause: float) -> None:
    other = child(
        root,
        """
        for revision in range(1, 10_000):
            index.apply([upsert(f"d{number}", f"Stand{revision}", revision=revision) for number in range(15)])
            say(revision)
        """,
    )
    told = [int(line(other)) for _ in range(3)][-1]
    time.sleep(pause)
    end(other)
    index = TantivyIndex(root, analyser)
    digest = dict(index.digest())
    (revision,) = set(digest.values())  # one batch, whole
    assert len(digest) == 15 and revision >= told
    assert len(found(index, f"Stand{revision}")) == 15
    assert index.apply([upsert("d0", "weiter", revision=20_000)]).applied == 1
    index.close()


def test_many_small_commits_leave_no_orphans(root: Path, index: TantivyIndex) -> None:
    for number in range(50):
        index.apply([upsert(f"d{number % 10}", "Antrag", revision=number)])
    index.close()
    index = TantivyIndex(root, bare_analyser())
    index.compact()  # collects what the merges under way at the closing left
    index.close()
    folder = next(root.glob("g*/index"))
    meta = json.loads((folder / "meta.json").read_text())
    known = {segment["segment_id"].replace("-", "") for segment in meta["segments"]}
    files = {
        path.name.partition(".")[0] for path in folder.iterdir() if not path.name.startswith(".")
    }
    assert files - {"meta", "managed"} - known == set()
    assert len(known) < 20


def test_another_analyser_asks_for_a_rebuild_instead_of_answering(
    root: Path, index: TantivyIndex, tmp_path: Path
) -> None:
    index.apply([upsert("a", "Quarzgebühr")])
    index.close()
    site = tmp_path / "woerter.txt"
    site.write_text("Quarz", encoding="utf-8")
    later = TantivyIndex(root, load_analyser(site=site, dictionaries=()))
    health = later.health()
    assert (health.state, health.needs_rebuild, health.documents) == (
        IndexState.OUTDATED,
        True,
        None,
    )
    assert "registratur reindex" in health.text
    for call in (
        lambda: later.search(parse("Gebühr"), scope=BAUAMT),
        lambda: later.facets(parse("Gebühr"), scope=BAUAMT),
        lambda: later.suggest("qua", scope=BAUAMT),
        lambda: later.apply([upsert("b", "x")]),
        lambda: list(later.digest()),
        later.size,
    ):
        with pytest.raises(IndexOutdated):
            call()
    fresh = later.new_generation("a2")
    fresh.apply([upsert("a", "Quarzgebühr")])
    fresh.promote()
    assert found(later, "Gebühr") == ["a"]
    assert later.health().state is IndexState.READY
    later.close()


def test_another_layout_asks_for_a_rebuild(
    root: Path, index: TantivyIndex, analyser: Analyser, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.apply([upsert("a", "Antrag")])
    index.close()
    monkeypatch.setattr(fields, "LAYOUT", fields.LAYOUT + 1)
    assert TantivyIndex(root, analyser).health().state is IndexState.OUTDATED


def test_a_deleted_folder_is_noticed_not_silently_replaced(root: Path, index: TantivyIndex) -> None:
    index.apply([upsert("a", "Antrag")])
    shutil.rmtree(root)
    assert index.health().state is IndexState.LOST
    with pytest.raises(IndexUnavailable):
        index.apply([upsert("b", "Antrag")])
    with pytest.raises(IndexUnavailable):
        found(index, "Antrag")
    fresh = index.new_generation("again")
    fresh.apply([upsert("a", "Antrag"), upsert("b", "Antrag")])
    fresh.promote()
    assert sorted(found(index, "Antrag")) == ["a", "b"]


@pytest.mark.parametrize("victim", ["CURRENT", "generation.json", "meta.json", "*.term", "*.idx"])
def test_damage_is_said(root: Path, index: TantivyIndex, analyser: Analyser, victim: str) -> None:
    index.apply([upsert("a", "Antrag")])
    index.close()
    for path in root.rglob(victim):
        path.write_bytes(b"\x00damaged")
    later = TantivyIndex.__new__(TantivyIndex)
    try:
        later.__init__(root, analyser)  # type: ignore[misc]
    except IndexUnavailable:
        return  # said at once
    health = later.health()
    assert health.needs_rebuild, health
    with pytest.raises(IndexUnavailable):
        found(later, "Antrag")
    fresh = later.new_generation("again")
    fresh.apply([upsert("a", "Antrag")])
    fresh.promote()
    assert found(later, "Antrag") == ["a"]


def test_a_full_disk_takes_nothing_and_recovers(
    index: TantivyIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    from search.engines.tantivy.generations import Generation

    index.apply([upsert("a", "Antrag")])

    def full(self: Generation) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Generation, "commit", full)
        with pytest.raises(IndexUnavailable, match="die Platte ist voll"):
            index.apply([upsert("b", "Antrag"), Delete("a", 3)])
    assert found(index, "Antrag") == ["a"]
    index.apply([upsert("b", "Antrag")])
    assert sorted(found(index, "Antrag")) == ["a", "b"]


def test_generations_in_use_stay_and_left_ones_go(root: Path, index: TantivyIndex) -> None:
    names = []
    for number in range(4):
        fresh = index.new_generation(f"n{number}")
        fresh.apply([upsert(f"d{number}", "Antrag")])
        fresh.promote()
        names.append(fresh.health().generation)
    assert sorted(path.name for path in root.glob("g*")) == sorted(map(str, names[-2:]))
    left = index.new_generation("crashed")
    folder = root / str(left.health().generation)
    other = TantivyIndex(root, bare_analyser())
    other.new_generation("second").discard()
    assert folder.is_dir()  # still being built by somebody
    index.close()
    other.new_generation("third").discard()
    assert not folder.exists()
    other.close()


def test_erasure_leaves_no_term_behind(root: Path, index: TantivyIndex) -> None:
    """The binding cannot merge at will: ``compact`` says so, and a rebuild does it."""

    def traces() -> bool:
        """Whether any term dictionary below the root still knows the word."""
        searchers = [tantivy.Index.open(str(path)).searcher() for path in root.glob("g*/index")]
        names = (*fields.TEXT, *fields.KEYWORD)
        return any(each.terms_with_prefix(name, "geheim") for each in searchers for name in names)

    index.apply([upsert("a", "Geheimwort", title="Geheimwort"), upsert("b", "Antrag")])
    assert index.compact() is True
    assert traces()
    index.apply([Delete("a", 2)])
    assert index.compact() is False
    fresh = index.new_generation("erasure")
    fresh.apply([upsert("b", "Antrag"), Delete("a", 2)])
    fresh.promote(keep=False)
    assert index.compact() is True
    assert not traces()


@pytest.mark.parametrize("limit", [1, 4, 7])
def test_many_hits_of_one_score_are_ranked_alike_however_few_are_looked_at(
    index: TantivyIndex, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    chance = random.Random(3)
    texts = ["Antrag", "Antrag Antrag Antrag", "Anträge", "Bauantrag"]
    ops = [
        upsert(f"d{at}", chance.choice(texts), received_on=date(2026, 1, 1 + chance.randrange(28)))
        for at in range(80)
    ]
    for start in range(0, 80, 9):
        index.apply(ops[start : start + 9])
    whole = found(index, "Antrag", limit=100)
    assert len(whole) == 80
    monkeypatch.setattr(ranking, "REACH", 3)
    monkeypatch.setattr(ranking, "WINDOW", 2)
    assert found(index, "Antrag", limit=limit) == whole[:limit]
    assert every_page(index, "Antrag", BAUAMT, limit, Sort.RELEVANCE) == whole


def test_searches_go_on_while_writing_and_promoting(index: TantivyIndex) -> None:
    index.apply([Upsert(entry("always", "Antrag"))])
    stop = threading.Event()
    trouble: list[object] = []

    def read() -> None:
        while not stop.is_set():
            try:
                if "always" not in found(index, "Antrag"):
                    trouble.append("lost")
            except Exception as error:  # noqa: BLE001  # whatever it is, the test shows it
                trouble.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(10):
        index.apply([upsert(f"d{number}", "Antrag")])
    fresh = index.new_generation("x")
    fresh.apply([Upsert(entry("always", "Antrag"))])
    fresh.promote()
    for number in range(10):
        index.apply([upsert(f"e{number}", "Antrag")])
    stop.set()
    for reader in readers:
        reader.join()
    assert trouble == []
