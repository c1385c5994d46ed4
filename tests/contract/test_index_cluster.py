"""Two Elasticsearch nodes, one of which is killed: no hit is lost, searching and indexing go on."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from search.engines.elasticsearch.index_elasticsearch import ElasticsearchIndex
from search.errors import IndexUnavailable
from search.index import Index, Op
from search.query.parser import parse
from tests.contract.index_kit import BAUAMT, bare_analyser, elasticsearch_url, upsert

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.services


@dataclass
class Nodes:
    """Two nodes of one cluster, each in a folder of its own."""

    ports: list[int]
    places: list[Path]

    @property
    def url(self) -> str:
        return ",".join(f"http://127.0.0.1:{port}" for port in self.ports)

    def start(self, number: int) -> None:
        subprocess.run(
            ["bash", "scripts/start-elasticsearch", str(self.places[number - 1])]
            + [str(self.ports[number - 1]), str(number), *map(str, self.ports)],
            cwd=ROOT,
            env={**os.environ, "REGISTRATUR_TEST_HEAP": "256m"},
            check=True,
        )

    def kill(self, number: int) -> None:
        place = self.places[number - 1] / "pid"
        os.kill(int(place.read_text()), signal.SIGKILL)
        place.unlink()

    def client(self) -> Elasticsearch:
        return Elasticsearch(f"http://127.0.0.1:{self.ports[0]}", request_timeout=60)


@pytest.fixture
def nodes() -> Iterator[Nodes]:
    elasticsearch_url()  # skips where there is no Elasticsearch at all
    port = random.Random(os.getpid()).randrange(41_000, 59_000)
    # Not below pytest's own folder: the server's user may not enter that.
    places = [Path(tempfile.mkdtemp(prefix="registratur-node.", dir="/tmp")) for _ in range(2)]
    nodes = Nodes([port, port + 1], places)
    try:
        nodes.start(1)
        nodes.start(2)
        yield nodes
    finally:
        for number in (1, 2):
            if (places[number - 1] / "pid").exists():
                nodes.kill(number)
            shutil.rmtree(places[number - 1], ignore_errors=True)


@dataclass
class Busy:
    """Searches and files without end; remembers what it was told was done."""

    index: Index
    filed: int = 0
    searches: int = 0
    away: int = 0
    lost: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def search(self) -> None:
        while not self.stop.is_set():
            least = self.filed
            try:
                total = self.index.search(parse("Antrag"), scope=BAUAMT, limit=1).total
            except IndexUnavailable:
                self.away += 1
                continue
            self.searches += 1
            if total < least:
                self.lost.append(f"{total} of {least}")

    def file(self) -> None:
        while not self.stop.is_set():
            ops: list[Op] = [upsert(f"d{self.filed + at}", "Antrag") for at in range(10)]
            try:
                self.index.apply(ops)  # the same again after a failure: nothing is doubled
            except IndexUnavailable:
                self.away += 1
                continue
            self.filed += len(ops)


def until(true: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.2)


def test_a_node_is_killed_while_we_search_and_file(nodes: Nodes) -> None:
    index = ElasticsearchIndex(nodes.url, bare_analyser(), prefix="cluster", timeout=10)
    busy = Busy(index)
    index.apply([upsert("first", "Antrag")])
    with nodes.client() as client:
        client.cluster.health(wait_for_nodes="2", wait_for_status="green", timeout="60s")
        _primary_to_the_second(client, str(index.health().generation))
        threads = [threading.Thread(target=work) for work in (busy.search, busy.search, busy.file)]
        for thread in threads:
            thread.start()
        until(lambda: busy.filed >= 100)
        nodes.kill(2)
        killed_at = (busy.filed, busy.searches)
        until(lambda: busy.filed >= killed_at[0] + 200 and busy.searches >= killed_at[1] + 50)
        busy.stop.set()
        for thread in threads:
            thread.join()
        print(f"\nfiled {busy.filed}, searches {busy.searches}, refused meanwhile {busy.away}")
        assert busy.lost == []
        assert dict(index.digest()) == {"first": 1} | {f"d{at}": 1 for at in range(busy.filed)}

        nodes.start(2)  # it comes back and is given a copy again
        until(lambda: client.cluster.health()["number_of_data_nodes"] == 2)
        client.cluster.health(wait_for_status="green", timeout="60s")
        assert index.size() == busy.filed + 1
    index.close()


def _primary_to_the_second(client: Elasticsearch, name: str) -> None:
    """So that the node that dies is the one that writes go to."""

    def primary() -> str:
        rows = client.cat.shards(index=name, format="json")
        return str(next(row["node"] for row in rows if row["prirep"] == "p"))  # type: ignore[index]

    if primary() == "node-1":
        cancel = {"index": name, "shard": 0, "node": "node-1", "allow_primary": True}
        client.cluster.reroute(commands=[{"cancel": cancel}], metric="none")
    until(lambda: primary() == "node-2")
    client.cluster.health(index=name, wait_for_status="green", timeout="60s")
