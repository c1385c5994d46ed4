"""The figures of the menu are counted; the lists behind them are loaded. They say the same."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from archive import access
from archive.audit.trail import Actor
from archive.db.database import Database
from archive.desk import follow_ups
from archive.efile import files
from archive.model import Grant, Reader, Role
from archive.people import accounts, break_glass, pseudonym_resolutions
from archive.views import details, listing
from tests.contract.rig import PERSON, START, Rig
from tests.contract.test_file_leaks import PLACES, one_of_everything

ADMIN = Actor(user="verwaltung")
USERS = ("anna", "max")
READERS = st.builds(
    Reader,
    user=st.sampled_from(USERS),
    grants=st.frozensets(
        st.builds(
            Grant,
            role=st.sampled_from(Role),
            department=st.sampled_from((None, "bauamt", "jugendamt")),
            stream=st.sampled_from((None, None, "mailroom")),
        ),
        max_size=3,
    ),
    compartments=st.frozensets(st.sampled_from(("personal", "schutz")), max_size=2),
)
ALL_FILES = Grant(role=Role.AUDITOR)
UNTIL = date(2026, 12, 10)
WHO = st.sampled_from(USERS)


def settle(
    rig: Rig, places: list[tuple[str, str | None]], resolved: list[tuple[str, bool]]
) -> None:
    """Files with all that may wait in them, some of it judged; resolutions by both people."""
    session = rig.session
    everybody = frozenset({Grant(role=Role.AUDITOR), Grant(role=Role.PRIVACY_RESOLVER)})
    for number, place in enumerate(places):
        one_of_everything(rig, number, *place)
        rig.hold(rig.item(f"h{number}", department=place[0], compartment=place[1]))
    opened = break_glass.to_review(session, Reader(user="dritte", grants=everybody))
    for glass in opened[1::2]:
        break_glass.acknowledge(
            session, Reader(user="dritte", grants=everybody), glass.id,
            justified=True, remark="", at=rig.at(),
        )  # fmt: skip
    for user, judged in resolved:
        who = Reader(user=user, grants=everybody)
        accounts.resolve_person(session, who, "Person %", reason="Gericht", at=rig.at())
        if judged:
            newest = pseudonym_resolutions.of_reader(session, who)[0]
            pseudonym_resolutions.acknowledge(
                session, Reader(user="dritte", grants=everybody), newest.id,
                justified=False, remark='"event":"', at=rig.at(),
            )  # fmt: skip


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    reader=READERS,
    places=st.lists(st.sampled_from(PLACES), max_size=4),
    resolved=st.lists(st.tuples(WHO, st.booleans()), max_size=4),
    for_users=st.lists(st.sampled_from((None, *USERS)), max_size=3),
)
def test_a_count_is_the_length_of_its_list(
    database: Database,
    reader: Reader,
    places: list[tuple[str, str | None]],
    resolved: list[tuple[str, bool]],
    for_users: list[str | None],
) -> None:
    with database.writer.connect() as connection:
        transaction = connection.begin()
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            rig = Rig(session)
            rig.county()
            for user in USERS:
                accounts.add_user(session, user, user, by=ADMIN, at=START)
            accounts.add_person(session, "Person %", "Erika", by=ADMIN, at=START)
            settle(rig, places, resolved)
            file = files.open_file(session, "b.1", "bauamt", "x", by=PERSON, at=START)
            clerk = Reader(user="max", grants=frozenset({Grant(role=Role.CASE_WORKER)}))
            for number, whose in enumerate(for_users):
                due = UNTIL + timedelta(days=number - 1)
                follow_ups.add(
                    session, clerk, file.id, due=due, reason="x", at=START, for_user=whose
                )
            counts_equal_lists(session, reader)
        transaction.rollback()


def counts_equal_lists(session: Session, reader: Reader) -> None:
    glasses = break_glass.to_review(session, reader)
    assert break_glass.to_review_count(session, reader) == len(glasses)
    seen = break_glass.to_review(session, Reader(user="-", grants=frozenset({ALL_FILES})))
    judged = [
        each.id
        for each in seen
        if each.user_id != reader.user
        and access.may_review_glass(reader, files.load_file(session, each.file_id))
    ]
    assert [each.id for each in glasses] == judged  # the filter decides as the rule does
    found = pseudonym_resolutions.to_review(session, reader)
    assert pseudonym_resolutions.to_review_count(session, reader) == len(found)
    mine = {each.id for each in pseudonym_resolutions.of_reader(session, reader)}
    assert all(each.seen_by is None and each.id not in mine for each in found)
    due = follow_ups.to_do(session, reader, until=UNTIL, mine=True)
    assert follow_ups.due_count(session, reader, until=UNTIL) == len(due)
    waiting = listing.to_settle(session, reader)
    count = details.to_settle_count(session, reader)
    assert count == len(waiting.items) + len(waiting.documents)
