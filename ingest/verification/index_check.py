"""Is every filed document in the search index, and nothing else? (``verify``, object ``index``)"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice

from archive.evidence import fixity
from archive.search import findable, outbox
from config.clock import new_id
from config.errors import Unavailable
from ingest.verification.ports import Judged
from search.index import IndexState

SHOWN = 20  #: documents that are named
_PAGE = 1_000


def judge_index(engines: Judged) -> tuple[str, tuple[str, ...]]:
    """``ok|broken|missing|pending|not_checked`` and why, in German.

    What the outbox still holds is on its way. The archive is read before the index: what is filed
    and off the outbox by then must be found.
    """
    health = engines.index.health()
    if health.state is IndexState.AWAY:
        return fixity.NOT_CHECKED, (health.text,)
    if health.state is IndexState.OUTDATED:
        return fixity.PENDING, (health.text,)
    with _lists(engines) as lists:
        with engines.database.read() as session:
            lists.expect(document for document, _ in findable.each_findable(session))
            waiting = outbox.documents(session)
        lists.drop_expected(waiting)
        expected = lists.count("expected")
        try:
            lists.compare(document for document, _ in engines.index.digest())
        except Unavailable as error:
            lost = health.needs_rebuild
            return fixity.MISSING if lost and expected else fixity.NOT_CHECKED, (str(error),)
        with engines.database.read() as session:
            lists.drop_foreign(waiting | outbox.documents(session))
            for some in lists.pages("foreign"):
                lists.drop_foreign(findable.filed_of(session, some))
        lacking, foreign = lists.count("expected"), lists.count("foreign")
        faults = [f"{each}: wird nicht gefunden." for each in lists.first("expected")]
        faults += [
            f"{each}: wird gefunden und ist nicht abgelegt." for each in lists.first("foreign")
        ]
    if lacking + foreign > 2 * SHOWN:
        faults.append(f"{lacking} Dokumente fehlen, {foreign} sind zu viel.")
    if health.needs_rebuild and expected:
        return fixity.MISSING, (health.text, *faults)
    if not lacking and not foreign:
        return fixity.OK, ()
    everything = lacking and lacking == expected
    return (fixity.MISSING if everything and not foreign else fixity.BROKEN), tuple(faults)


class _Lists:
    """``expected``: what must still be found; ``foreign``: what was found and not expected. In a
    file that is thrown away: there may be millions."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        for name in ("expected", "foreign"):
            db.execute(f'CREATE TABLE "{name}" (id TEXT PRIMARY KEY) WITHOUT ROWID')

    def expect(self, documents: Iterable[str]) -> None:
        self._db.executemany("INSERT OR IGNORE INTO expected VALUES (?)", _rows(documents))

    def drop_expected(self, documents: Iterable[str]) -> None:
        self._db.executemany("DELETE FROM expected WHERE id = ?", _rows(documents))

    def drop_foreign(self, documents: Iterable[str]) -> None:
        self._db.executemany('DELETE FROM "foreign" WHERE id = ?', _rows(documents))

    def compare(self, found: Iterable[str]) -> None:
        """Take what was found off the expected; the rest of it is foreign."""
        rest = iter(found)
        while some := list(islice(rest, _PAGE)):
            for document in some:
                if not self._db.execute("DELETE FROM expected WHERE id = ?", (document,)).rowcount:
                    self._db.execute('INSERT OR IGNORE INTO "foreign" VALUES (?)', (document,))

    def count(self, name: str) -> int:
        found: int = self._db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
        return found

    def first(self, name: str) -> Sequence[str]:
        query = f'SELECT id FROM "{name}" ORDER BY id LIMIT {SHOWN}'
        return [document for (document,) in self._db.execute(query)]

    def pages(self, name: str) -> Iterator[Sequence[str]]:
        after = ""
        query = f'SELECT id FROM "{name}" WHERE id > ? ORDER BY id LIMIT {_PAGE}'
        while page := [document for (document,) in self._db.execute(query, (after,))]:
            yield page
            after = page[-1]


def _rows(documents: Iterable[str]) -> Iterator[tuple[str]]:
    return ((document,) for document in documents)


@contextmanager
def _lists(engines: Judged) -> Iterator[_Lists]:
    owner = new_id("v")
    try:
        with engines.scratch.room(owner) as room:
            place = room / "index.db"
            with closing(sqlite3.connect(place, isolation_level=None)) as db:
                db.execute("PRAGMA journal_mode=OFF")
                db.execute("PRAGMA synchronous=OFF")
                db.execute("BEGIN")
                yield _Lists(db)
    finally:
        engines.scratch.clear(owner)
