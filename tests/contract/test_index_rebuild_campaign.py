"""A rebuild in a process of its own, killed half-way and resumed, beside searching and filing.

The size of the long run is 200,000 documents (``pytest -m campaign -s``); it prints its figures.
"""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from search.bench.corpus import DEPARTMENTS, Corpus
from search.engines.tantivy.index_tantivy import TantivyIndex
from search.index import Entry, Scope, Upsert
from search.query.parser import parse
from tests.contract.index_kit import bare_analyser

ROOT = Path(__file__).parents[2]
EVERYBODY = Scope(
    frozenset(f"dept:{name}{part}" for name in DEPARTMENTS for part in ("", "/comp:personal"))
)
MEMORY = 2**30
SIZES = [
    pytest.param(400, id="small"),
    pytest.param(200_000, id="large", marks=[pytest.mark.campaign, pytest.mark.timeout(7200)]),
]


class Archive:
    """The truth that both processes read: so many documents, made by their numbers."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.corpus = Corpus.make()

    @property
    def count(self) -> int:
        return int(self.place.read_text())

    def grow(self, count: int) -> None:
        draft = self.place.with_suffix(".new")
        draft.write_text(str(count))
        draft.replace(self.place)

    def expected(self) -> dict[str, int]:
        return {f"doc_{number:09d}": 1 for number in range(self.count)}

    def entry(self, document_id: str) -> Entry:
        """One page each, so that the number of documents is what costs."""
        made = self.corpus.document(int(document_id.rpartition("_")[2]))
        return replace(made, pages=made.pages[:1])


CHILD = """
    import sys
    from pathlib import Path
    from config.memory import peak_memory
    from search import rebuild
    from search.index import Upsert
    from search.engines.tantivy.index_tantivy import TantivyIndex
    from tests.contract.index_kit import bare_analyser
    from tests.contract.test_index_rebuild_campaign import Archive
    place = Path(sys.argv[1])
    rebuild.BATCH = int(sys.argv[2])
    archive = Archive(place / "count")
    index = TantivyIndex(place / "index", bare_analyser())
    def say(*words):
        print(*words, flush=True)
    report = rebuild.rebuild(
        index, tag="rebuild", expected=archive.expected, progress=lambda done: say("done", done),
        load=lambda key: Upsert(archive.entry(key)), again=lambda keys: say("again", *keys),
    )
    say("loaded", report.loaded)
    say("memory", peak_memory())
"""


@dataclass
class Service:
    """Searches and files without end, as the running service does."""

    index: TantivyIndex
    archive: Archive
    filed: int
    searches: int = 0
    slowest: float = 0.0
    trouble: list[object] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def search(self) -> None:
        """What was there before the rebuild is found all the time. What is filed in the moment of
        the promotion comes through the outbox: the end of the test looks for it."""
        least = self.filed
        while not self.stop.is_set():
            began = time.monotonic()
            try:
                found = self.index.search(parse(""), scope=EVERYBODY, limit=1).total
                if found < least:
                    self.trouble.append(f"{found} of {least}")
            except Exception as error:  # noqa: BLE001  # whatever it is, the test shows it
                self.trouble.append(error)
            self.searches += 1
            self.slowest = max(self.slowest, time.monotonic() - began)
            time.sleep(0.01)

    def file(self) -> None:
        while not self.stop.is_set():
            number = self.archive.count
            self.archive.grow(number + 1)  # the archive first, then its news
            self._take(f"doc_{number:09d}")
            self.filed = number + 1
            while self.again:
                self._take(self.again.pop())
            time.sleep(0.02)

    def _take(self, document_id: str) -> None:
        self.index.apply([Upsert(self.archive.entry(document_id))])


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path


def child(place: Path, batch: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(place), str(batch)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def lines(process: subprocess.Popen[str]) -> Iterator[list[str]]:
    assert process.stdout is not None
    for line in process.stdout:
        yield line.split()


@pytest.mark.parametrize("size", SIZES)
def test_rebuilt_beside_searching_and_filing(place: Path, size: int) -> None:
    archive = Archive(place / "count")
    archive.grow(size)
    index = TantivyIndex(place / "index", bare_analyser())
    for start in range(0, size, 2_000):
        numbers = range(start, min(size, start + 2_000))
        index.apply([Upsert(archive.entry(f"doc_{number:09d}")) for number in numbers])
    before = index.health().generation
    service = Service(index, archive, filed=size)
    threads = [threading.Thread(target=work) for work in (service.search, service.file)]
    for thread in threads:
        thread.start()
    batch = min(2_000, size // 10)
    began = time.monotonic()
    try:
        with child(place, batch) as first:
            for words in lines(first):
                if words[0] == "done" and int(words[1]) >= size // 2:
                    first.kill()
        assert index.health().generation == before
        told = {"loaded": 0, "memory": 0}
        with child(place, batch) as second:
            for words in lines(second):
                if words[0] == "again":
                    service.again.extend(words[1:])
                elif words[0] in told:
                    told[words[0]] = int(words[1])
        assert second.returncode == 0
        settled = service.filed + 3
        while service.filed < settled or service.again:
            time.sleep(0.02)
    finally:
        service.stop.set()
        for thread in threads:
            thread.join()
    print(
        f"\n{size} documents and {archive.count - size} filed meanwhile, rebuilt in"
        f" {time.monotonic() - began:.0f} s; resumed with {told['loaded']} to load;"
        f" memory at most {told['memory'] / 2**20:.0f} MiB; {service.searches} searches,"
        f" the slowest {service.slowest:.2f} s"
    )
    assert service.trouble == []
    assert index.health().generation != before
    assert dict(index.digest()) == archive.expected()
    assert told["loaded"] < size * 6 // 10 + (archive.count - size)
    assert told["memory"] < MEMORY
    index.close()
