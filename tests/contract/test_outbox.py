"""What the index has not taken yet, what it refused, and what administrators may read of that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archive.db.database import Database
from archive.intake import documents
from archive.search import outbox
from tests.contract.rig import PERSON, START, Rig


@pytest.fixture
def rig(database: Database) -> Iterator[Rig]:
    with database.write() as session:
        rig = Rig(session)
        rig.county()
        yield rig


def test_the_outbox_gives_up_where_people_see_it(rig: Rig) -> None:
    one, two = rig.filed("i"), rig.filed("j")
    first, second = outbox.pending(rig.session, 10)
    assert [first.document_id, second.document_id] == [one, two]
    assert outbox.pending(rig.session, 1) == (first,)
    for _ in range(outbox.ATTEMPTS):
        assert outbox.dead(rig.session) == ()
        outbox.failed(rig.session, first.seq, "Index weg \x00", at=START)
    (dead,) = outbox.dead(rig.session)
    assert (dead.seq, dead.attempts, dead.error) == (first.seq, 10, "Index weg \ufffd")
    assert outbox.pending(rig.session, 10) == (second,)
    assert outbox.lag(rig.session) == 2 and outbox.dead_count(rig.session) == 1
    (shown,) = outbox.refused(rig.session, limit=5)
    assert (shown.document_id, shown.attempts, shown.failed_at) == (one, 10, START)
    assert outbox.revive(rig.session) == 1
    assert outbox.refused(rig.session, limit=5) == ()
    outbox.done(rig.session, [first.seq, second.seq])
    assert outbox.lag(rig.session) == 0


def test_what_was_refused_is_settled_by_a_later_change(rig: Rig) -> None:
    document, other = rig.filed("i"), rig.filed("j")
    for row in outbox.pending(rig.session, 10):
        for _ in range(outbox.ATTEMPTS):
            outbox.failed(rig.session, row.seq, "abgewiesen", at=START)
    documents.correct_metadata(rig.session, document, {"title": "kürzer"}, by=PERSON, at=rig.at())
    (row,) = outbox.pending(rig.session, 10)
    outbox.done(rig.session, [row.seq])
    assert [each.document_id for each in outbox.dead(rig.session)] == [other]


TITLE = "Inobhutnahme Erika O'Brien"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("unlesbarer Text", "unlesbarer Text"),
        ("Limit of total fields [1000] has been exceeded", "Limit of total fields …"),
        (
            f"failed to parse field [received_on] of type [date] with id 'd1'. Value: '{TITLE}'",
            "failed to parse field [received_on] of type [date] with id …",
        ),
        ("'utf-8' codec can't encode character in position 3", "…"),
        ('immense term in field="title", prefix is [69, 114]', "immense term in field …"),
        (f"no value for {TITLE} here", "no value for … … … …"),
        ("no value for inobhutnahme\nErika", "no value for … …"),
        ("[Erika] is no date", "…"),
        ("x" * 300, "x" * 200 + " …"),
        ("", ""),
    ],
)
def test_administrators_read_what_the_index_says_and_nothing_of_the_document(
    rig: Rig, said: str, shown: str
) -> None:
    document = rig.filed("i", title=TITLE)
    for row in outbox.pending(rig.session, 10):
        for _ in range(outbox.ATTEMPTS):
            outbox.failed(rig.session, row.seq, said, at=START)
    found = outbox.refused(rig.session, limit=1)
    assert [(each.document_id, each.why.strip()) for each in found] == [(document, shown)]
