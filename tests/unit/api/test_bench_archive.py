"""The archive that is measured is one that the road could have made; no read of it looks at all.

One home of 200 documents for the whole module, filled as ``registratur bench archive`` does.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from api import wiring
from api.app import create_app
from api.commands.bench.archive.calls import OK, Asking, Cost, Meter, calls
from api.commands.bench.archive.filled_home import DEPARTMENTS, READERS, fill_home
from api.commands.bench.archive.growth import growth, kind_of, worst
from api.sample.county import PEOPLE
from archive.bench.county import Size
from archive.bench.samples import Kind
from archive.evidence.database_definition import definition_faults
from archive.tables import schema
from config.errors import Conflict
from ingest.verification.whole_archive import judge_all

SIZE = Size(documents=200, users=20)
STATISTICS = Path(__file__).parents[2] / "assets" / "archive" / "statistics_of_a_million.tsv"
Planners = tuple[sqlite3.Connection, ...]
AT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
#: the readers whose statements differ in form; others ask what none of these is answered
ASKED = ("bauamt", "viele", "teilrevision", "revision")
OTHERS = ("poststelle", "registratur", "verwaltung")
GROWING = (
    "item", "document", "finding", "rendition", "audit_event", "case_file", "case_record",
    "qa_result", "metadata_history", "record_history", "paper_kept", "to_place",
)  # fmt: skip  # the outbox holds what the index does not show yet, and is empty most of the time
ONE = ("id", "item_id", "document_id", "object_id", "correlation_id")  #: few rows have the same
NOBODY = "0 = 1"  #: the reader has no right that counts here: nothing is looked at
#: what goes over much by what it says, and why that is borne
BORNE = {
    "GROUP BY document.case_id": "how many documents there are in each case of one file",
    "ORDER BY item.received_at, item.id": "what waits for a decision: little, oldest first",
    "ORDER BY document.item_id, document.position": "the same of documents",
    "substr(person.pseudonym": "who had pseudonyms resolved: rare acts of few people",
}


@dataclass(slots=True)
class Heard:
    """Statements with one set of values each, and what asked them first."""

    asks: str = ""
    statements: dict[str, tuple[Any, str]] = field(default_factory=dict)

    def hear(self, _c: Any, _cursor: Any, text: str, values: Any, *_: Any) -> None:
        if self.asks and text.startswith("SELECT") and not text.startswith("SELECT 1"):
            self.statements.setdefault(text, (values, self.asks))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[wiring.House]:
    home = tmp_path_factory.mktemp("bench") / "home"
    settings = fill_home(home, SIZE, with_objects=False, now=AT, say=lambda _: None)
    with wiring.house(settings) as built:
        yield built


@pytest.fixture(scope="module")
def planners(
    house: wiring.House, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[sqlite3.Connection, ...]]:
    """The record as it is, and one whose planner takes it for an archive of a million documents."""
    own = house.settings.home / "registratur.db"
    large = tmp_path_factory.mktemp("planner") / "large.db"
    with closing(sqlite3.connect(own)) as small:
        small.execute("VACUUM INTO ?", (str(large),))
    with closing(sqlite3.connect(large)) as record:
        record.execute("ANALYZE")
        record.execute("DELETE FROM sqlite_stat1")
        lines = STATISTICS.read_text(encoding="utf-8").splitlines()[1:]
        record.executemany(
            "INSERT INTO sqlite_stat1 VALUES (?, nullif(?, ''), ?)",
            [tuple(line.split("\t")) for line in lines],
        )
        record.commit()
    with closing(sqlite3.connect(own)) as small, closing(sqlite3.connect(large)) as record:
        yield small, record


@pytest.fixture(scope="module")
def asking(house: wiring.House) -> Iterator[Asking]:
    service = wiring.service_of(house)
    meter = Meter()
    meter.watch(house.engines.database)
    with closing(Asking(create_app(service), service, meter)) as asking:
        yield asking


def test_everything_in_it_stands_as_the_trail_promises(house: wiring.House) -> None:
    """No row and no event is at fault; what is missing are stored files, their seals and
    the index."""
    judged = {one.id: one for one in judge_all(house.engines)}
    assert len(judged) > SIZE.documents
    for one in judged.values():
        if one.id == "index":
            continue
        assert one.faults == (), one
        assert one.parts["audit_chain"] == "ok", one
        others = {said for part, said in one.parts.items() if part != "seal"}
        assert others <= {"ok", "none", "pending", "missing"}, one
        if not one.id.startswith(("i0", "d0")):
            assert one.ok, one


def test_it_has_what_was_asked_for(house: wiring.House) -> None:
    with house.engines.database.read() as session:

        def count(table: sa.Table, *where: Any) -> int:
            query = sa.select(sa.func.count()).select_from(table).where(*where)
            return int(session.execute(query).scalar_one())

        item, document = schema.item, schema.document
        assert count(item) == SIZE.documents
        large = count(item, item.c.department == DEPARTMENTS[0])
        assert 0.3 < large / SIZE.documents < 0.5
        assert count(item, item.c.outcome == "held") == sum(
            number for kind, number in SIZE.standing.items() if kind.value.startswith("held")
        )
        assert count(item, item.c.outcome.is_(None)) == SIZE.standing[Kind.WALKING]
        assert count(document, document.c.compartment == "closed") > 0
        sizes = sa.select(sa.func.count()).where(document.c.file_id.is_not(None))
        largest = session.execute(
            sizes.group_by(document.c.file_id).order_by(sa.func.count().desc()).limit(1)
        ).scalar_one()
        assert largest >= SIZE.in_largest // 2
        events = count(schema.audit_event, schema.audit_event.c.correlation_id.is_not(None))
        assert events / SIZE.documents > 8


def test_guards_and_indices_are_back(house: wiring.House) -> None:
    assert definition_faults(house.engines.database) == ()


def test_a_home_that_is_there_is_never_filled(house: wiring.House) -> None:
    with pytest.raises(Conflict):
        fill_home(house.settings.home, SIZE, with_objects=False, now=AT, say=lambda _: None)


def test_every_page_and_call_answers_and_no_read_looks_at_everything(
    house: wiring.House, asking: Asking, planners: Planners
) -> None:
    ask_everything(house, asking, planners, ASKED)


@pytest.mark.campaign
def test_no_read_of_any_reader_looks_at_everything(
    house: wiring.House, asking: Asking, planners: Planners
) -> None:
    ask_everything(house, asking, planners, (*PEOPLE, *READERS))


def ask_everything(
    house: wiring.House, asking: Asking, planners: Planners, asked: tuple[str, ...]
) -> None:
    heard = Heard()
    event.listen(house.engines.database.reader, "before_cursor_execute", heard.hear)
    answered: set[str] = set()
    for call in calls(asking.known):
        for who in (*asked, *OTHERS):
            if who not in asked and call in answered:
                continue
            heard.asks = f"{call} as {who}"
            status, _ = asking.ask(call, who)
            assert status in (OK, 303, 307, 403, 404), (call, who, status)
            if status in (OK, 303, 307):
                answered.add(call)
    event.remove(house.engines.database.reader, "before_cursor_execute", heard.hear)
    assert answered == set(calls(asking.known))
    faults = [
        f"{asks}\n{fault}\n{text}\n"
        for text, (values, asks) in heard.statements.items()
        if not any(part in text for part in (*BORNE, NOBODY))
        for planner in planners
        for fault in looks_at_everything(planner, text, values)
    ]
    assert not faults, "\n".join(faults)


def looks_at_everything(planner: sqlite3.Connection, text: str, values: Any) -> list[str]:
    """The lines of the plan that read or sort a growing table as a whole."""
    plan = planner.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall()
    lines = [(row[1], str(row[3])) for row in plan]
    faults = []
    for parent, line in lines:
        # In the order of an index, or any, until as many are found as were asked for.
        if re.match(rf"SCAN ({'|'.join(GROWING)})\b", line) and "LIMIT" not in text:
            faults.append(line)
        # Made of the whole table, before a join.
        if re.match(rf"BLOOM FILTER ON ({'|'.join(GROWING)})\b", line):
            faults.append(line)
        # What is sorted is what the same level reads: of a part of the question that has a bound of
        # its own (archive/paging/merged_lists.py) no more than that.
        if line.startswith("USE TEMP B-TREE") and any(
            is_growing(read) or (read.startswith("SCAN anon") and "LIMIT" not in text)
            for level, read in lines
            if level == parent
        ):
            faults.append(line)
    return faults


def is_growing(line: str) -> bool:
    """Whether a line of a plan reads more the more there is."""
    read = re.match(rf"(SCAN|SEARCH) ({'|'.join(GROWING)})\b", line)
    return bool(read) and not re.search(rf"\(({'|'.join(ONE)})=\?", line)


# ------------------------------------------------------------------ how it is told
def cost(call: str, who: str, p50: float, status: int = OK) -> Cost:
    return Cost(
        call=call, reader=who, status=status, p50=p50, p95=p50, statements=1, steps=1.0, kilobytes=1
    )


def test_the_dearest_reader_who_was_answered_is_named() -> None:
    item = f"/api/v1/items/i{'0' * 32}"
    found = worst((cost(item, "a", 1), cost(item, "b", 3), cost(item, "c", 9, status=403)))
    assert [each.reader for each in found.values()] == ["b"]
    assert list(found) == [kind_of(item)] == ["/api/v1/items/…"]
    assert growth(cost(item, "a", 2), cost(item, "a", 5)) == 2.5
    assert growth(None, cost(item, "a", 5)) is None
