"""Saved searches: one's own, noted once, counted and shown by the rights of the moment."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from archive.db.database import Database
from archive.desk import saved_searches
from archive.model import Reader, Role
from archive.people import accounts
from archive.tables import schema
from config.errors import Conflict, NotFound, UsageError
from tests.contract.rig import PERSON, Rig, reader

ANNA = replace(reader((Role.CASE_WORKER, "bauamt", None)), user="anna")
BERT = replace(reader((Role.CASE_WORKER, "jugendamt", None)), user="bert")


@pytest.fixture
def rig(database: Database) -> Rig:
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        for user in ("anna", "bert"):
            accounts.add_user(session, user, user.capitalize(), by=PERSON, at=rig.at())
        rig.filed("bau")
        rig.filed("jug", department="jugendamt")
        rig.filed("zu", compartment="personal")
    return rig


def kept(database: Database, rig: Rig, who: Reader = ANNA, question: str = "Bau") -> str:
    with database.write() as session:
        return saved_searches.save(session, who, question, at=rig.at()).id


def noted(database: Database, who: Reader, search_id: str) -> list[tuple[str, bool]]:
    with database.read() as session:
        return [(hit.document.id, hit.new) for hit in saved_searches.hits(session, who, search_id)]


def new(database: Database, who: Reader) -> list[int]:
    with database.read() as session:
        return [search.new for search in saved_searches.of_reader(session, who)]


def test_kept_listed_forgotten(database: Database, rig: Rig) -> None:
    first, second = kept(database, rig), kept(database, rig, question=" Haus  ")
    assert kept(database, rig) == first  # the same again is the one that is there
    with database.read() as session:
        mine = saved_searches.of_reader(session, ANNA)
        assert [search.question for search in mine] == ["Haus", "Bau"]
        assert saved_searches.one(session, ANNA, first).id == first
    with database.write() as session:
        saved_searches.note(session, second, ["bau-1"], at=rig.at())
        saved_searches.forget(session, ANNA, second, at=rig.at())
    assert new(database, ANNA) == [0]
    with database.read() as session:
        count = sa.select(sa.func.count()).select_from(schema.saved_search_hit)
        assert session.execute(count).scalar_one() == 0


def test_new_until_looked_at_and_never_twice(database: Database, rig: Rig) -> None:
    search = kept(database, rig)
    with database.write() as session:
        saved_searches.note(session, search, ["bau-1", "bau-1"], at=rig.at())
    assert (new(database, ANNA), noted(database, ANNA, search)) == ([1], [("bau-1", True)])
    with database.write() as session:
        saved_searches.look(session, ANNA, search, at=rig.at())
        saved_searches.note(session, search, ["bau-1"], at=rig.at())  # indexed anew
    assert (new(database, ANNA), noted(database, ANNA, search)) == ([0], [("bau-1", False)])


def test_shown_by_the_rights_of_the_moment(database: Database, rig: Rig) -> None:
    """Whatever was noted once: what the reader may not see now is in no list and no count."""
    search = kept(database, rig)
    with database.write() as session:
        saved_searches.note(session, search, ["bau-1", "jug-1", "zu-1", "gone"], at=rig.at())
    assert (new(database, ANNA), noted(database, ANNA, search)) == ([1], [("bau-1", True)])
    member = replace(ANNA, compartments=frozenset({"personal"}))
    assert new(database, member) == [2]
    without = replace(ANNA, grants=frozenset())
    assert (new(database, without), noted(database, without, search)) == ([0], [])


def test_another_persons_search_does_not_exist(database: Database, rig: Rig) -> None:
    search = kept(database, rig)
    texts = []
    with database.write() as session:
        for name in (search, "q_nowhere"):
            for call in (
                lambda key: saved_searches.one(session, BERT, key),
                lambda key: saved_searches.hits(session, BERT, key),
                lambda key: saved_searches.look(session, BERT, key, at=rig.at()),
                lambda key: saved_searches.forget(session, BERT, key, at=rig.at()),
            ):
                with pytest.raises(NotFound) as raised:
                    call(name)
                texts.append(str(raised.value).replace(name, "…"))
        assert saved_searches.of_reader(session, BERT) == ()
    assert len(set(texts)) == 1
    assert new(database, ANNA) == [0]


def test_limits(database: Database, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_searches, "MOST", 2)
    monkeypatch.setattr(saved_searches, "KEPT", 3)
    for text in ("", "  ", "x" * (saved_searches.LONGEST + 1)):
        with pytest.raises(UsageError):
            kept(database, rig, question=text)
    search = kept(database, rig)
    kept(database, rig, question="zwei")
    with pytest.raises(Conflict, match="vergessen"):
        kept(database, rig, question="drei")
    with database.write() as session:
        for number in range(5):
            saved_searches.note(session, search, [f"d{number}"], at=rig.at())
        left = session.scalars(sa.select(schema.saved_search_hit.c.document_id)).all()
        assert sorted(left) == ["d2", "d3", "d4"]
        saved_searches.drop_document(session, ["d4"])
        saved_searches.note(session, "q_nowhere", ["d9"], at=rig.at())  # forgotten meanwhile


def test_searches_of_disabled_accounts_rest(database: Database, rig: Rig) -> None:
    kept(database, rig)
    search = kept(database, rig, BERT, "Jugend")
    with database.write() as session:
        assert {each.user for each in saved_searches.all_kept(session)} == {"anna", "bert"}
        accounts.disable_user(session, "anna", by=PERSON, at=rig.at())
        assert [each.id for each in saved_searches.all_kept(session)] == [search]
