"""Users, roles, compartments, pseudonyms; and how people prove who they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.audit.trail import Actor, check_chain
from archive.db.database import Database, migrate
from archive.model import Grant, Role
from archive.people import accounts, passwords, sign_in
from archive.tables import schema
from config.errors import Conflict, Forbidden, NotFound, UsageError

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
BY = Actor(user="operator")
GOOD = "Drei Birnen am Zaun"
WORKER = Grant(role=Role.CASE_WORKER, department="bauamt")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'people.db'}"
    migrate(url)
    database = Database(url)
    with database.write() as session:
        accounts.add_unit(session, "bauamt", "Bauamt", by=BY, at=AT)
        accounts.add_user(session, "anna", "Anna A.", by=BY, at=AT)
    yield database
    database.close()


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def actions(database: Database) -> list[tuple[str, str]]:
    table = schema.audit_event
    with database.read() as session:
        assert check_chain(session).ok
        rows = session.execute(sa.select(table.c.action, table.c.object_id).order_by(table.c.seq))
        return [(row.action, row.object_id) for row in rows]


# ------------------------------------------------------------------ users and roles
def test_a_new_user_may_nothing(database: Database) -> None:
    with database.read() as session:
        found = accounts.reader(session, "anna")
    assert found.grants == frozenset() and found.compartments == frozenset()


@pytest.mark.parametrize("name", ["", "Anna", "1x", "a b", "a/b", "ä", "a" * 81, "a\x00"])
def test_a_sign_in_name_is_plain(database: Database, name: str) -> None:
    with pytest.raises(UsageError), database.write() as session:
        accounts.add_user(session, name, "Jemand", by=BY, at=AT)


def test_a_name_is_given_once(database: Database) -> None:
    with pytest.raises(Conflict), database.write() as session:
        accounts.add_user(session, "anna", "Andere Anna", by=BY, at=AT)


def test_a_role_is_granted_once_and_revoked(database: Database) -> None:
    with database.write() as session:
        accounts.grant_role(session, "anna", WORKER, by=BY, at=AT)
        accounts.grant_role(session, "anna", WORKER, by=BY, at=AT)
    with database.read() as session:
        assert accounts.reader(session, "anna").grants == {WORKER}
    with database.write() as session:
        accounts.revoke_role(session, "anna", WORKER, by=BY, at=AT)
    with database.read() as session:
        assert accounts.reader(session, "anna").grants == frozenset()
    assert actions(database)[2:] == [("ROLE_GRANTED", "anna"), ("ROLE_REVOKED", "anna")]


def test_revoking_takes_exactly_that_grant(database: Database) -> None:
    everywhere = Grant(role=Role.CASE_WORKER)
    with database.write() as session:
        accounts.grant_role(session, "anna", WORKER, by=BY, at=AT)
        accounts.grant_role(session, "anna", everywhere, by=BY, at=AT)
        accounts.revoke_role(session, "anna", everywhere, by=BY, at=AT)
    with database.read() as session:
        assert accounts.reader(session, "anna").grants == {WORKER}
    with pytest.raises(NotFound), database.write() as session:
        accounts.revoke_role(session, "anna", everywhere, by=BY, at=AT)


def test_nobody_raises_themselves(database: Database) -> None:
    with pytest.raises(Forbidden), database.write() as session:
        accounts.grant_role(session, "anna", WORKER, by=Actor(user="anna"), at=AT)
    with pytest.raises(Forbidden), database.write() as session:
        accounts.join_compartment(
            session, "anna", "personal", purpose="x", by=Actor(user="anna"), at=AT
        )


def test_a_department_must_exist(database: Database) -> None:
    with pytest.raises(NotFound), database.write() as session:
        grant = Grant(role=Role.CASE_WORKER, department="nirgends")
        accounts.grant_role(session, "anna", grant, by=BY, at=AT)


@given(roles=st.lists(st.sampled_from(Role), max_size=6))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nobody_runs_and_audits(database: Database, roles: list[Role]) -> None:
    """Whatever is granted in whatever order: admin and auditor never meet in one person."""
    with database.write() as session:
        session.execute(sa.delete(schema.role_grant))
        for role in roles:
            try:
                accounts.grant_role(session, "anna", Grant(role=role), by=BY, at=AT)
            except Conflict:
                assert role in (Role.ADMIN, Role.AUDITOR)
        held = accounts.reader(session, "anna").roles()
    assert not {Role.ADMIN, Role.AUDITOR} <= held
    assert held >= set(roles) - {Role.ADMIN, Role.AUDITOR}


def test_a_compartment_is_joined_and_left(database: Database) -> None:
    with database.write() as session:
        for _ in range(2):
            accounts.join_compartment(session, "anna", "personal", purpose="Amt", by=BY, at=AT)
        assert accounts.reader(session, "anna").compartments == {"personal"}
        accounts.leave_compartment(session, "anna", "personal", by=BY, at=AT)
        assert accounts.reader(session, "anna").compartments == frozenset()


@pytest.mark.parametrize("purpose", ["", " \n", "x" * (accounts.LONGEST_PURPOSE + 1)])
def test_nobody_joins_a_compartment_without_a_purpose(database: Database, purpose: str) -> None:
    with database.write() as session:
        with pytest.raises(UsageError, match="Zweck"):
            accounts.join_compartment(session, "anna", "personal", purpose=purpose, by=BY, at=AT)
        assert accounts.reader(session, "anna").compartments == frozenset()


def test_a_disabled_account_is_closed_at_once(database: Database) -> None:
    with database.write() as session:
        link = sign_in.new_link(session, "anna", timedelta(days=1), by=BY, at=AT)
        opened = sign_in.open_session(session, "anna", longest=timedelta(hours=1), at=AT)
        token = sign_in.new_token(session, "anna", None, "t", timedelta(days=9), by=BY, at=AT)
        accounts.disable_user(session, "anna", by=BY, at=AT)
    with database.write() as session:
        with pytest.raises(Forbidden):
            accounts.reader(session, "anna")
        with pytest.raises(sign_in.NotSignedIn):
            sign_in.use_link(session, link, at=AT)
        with pytest.raises(sign_in.NotSignedIn):
            sign_in.session_reader(session, opened.token, idle=timedelta(hours=1), at=AT)
        with pytest.raises(sign_in.NotSignedIn):
            sign_in.token_reader(session, token, at=AT)
        with pytest.raises(Forbidden):
            sign_in.new_link(session, "anna", timedelta(days=1), by=BY, at=AT)


# ------------------------------------------------------------------ pseudonyms
def test_a_pseudonym_is_resolved_by_role_and_reason(database: Database) -> None:
    with database.write() as session:
        accounts.add_person(session, "Beispielperson 1", "Erika Muster", by=BY, at=AT)
        asking = accounts.reader(session, "anna")
        with pytest.raises(Forbidden):
            accounts.resolve_person(session, asking, "Beispielperson 1", reason="Prüfung", at=AT)
        accounts.grant_role(session, "anna", Grant(role=Role.PRIVACY_RESOLVER), by=BY, at=AT)
        asking = accounts.reader(session, "anna")
        with pytest.raises(UsageError):
            accounts.resolve_person(session, asking, "Beispielperson 1", reason=" ", at=AT)
        with pytest.raises(NotFound):
            accounts.resolve_person(session, asking, "Beispielperson 9", reason="Prüfung", at=AT)
        name = accounts.resolve_person(session, asking, "Beispielperson 1", reason="Prüfung", at=AT)
    assert name == "Erika Muster"
    assert actions(database)[-1] == ("PSEUDONYM_RESOLVED", "Beispielperson 1")
    with database.read() as session:
        detail = session.scalars(sa.select(schema.audit_event.c.detail)).all()
    assert not any("Erika" in text for text in detail)


# ------------------------------------------------------------------ passwords
@pytest.mark.parametrize(
    "weak",
    [
        "kurz",
        "elf_zeichen",
        "passwort1234",
        "Passwort12345678",
        "aaaaaaaaaaaaaaaa",
        "123456123456",
        "annaannaanna",
        "Sommer2026Sommer2026",
        "x" * 201,
    ],
)
def test_a_weak_password_is_refused(database: Database, weak: str) -> None:
    with pytest.raises(UsageError), database.write() as session:
        accounts.existing_user(session, "anna")
        passwords.set_password(session, "anna", weak, by=BY, at=AT)


def test_a_password_opens_and_is_kept_hashed(database: Database) -> None:
    with database.write() as session:
        passwords.set_password(session, "anna", GOOD, by=BY, at=AT)
        kept = session.scalar(sa.select(schema.app_user.c.password_hash))
    assert kept is not None and kept.startswith("$argon2id$") and GOOD not in kept
    assert passwords.check_password(database.write, "anna", GOOD, clock=Clock()) == "anna"
    assert actions(database)[-1] == ("AUTH_OK", "anna")


def test_wrong_unknown_disabled_and_unset_sound_the_same(database: Database) -> None:
    with database.write() as session:
        for name in ("berta", "carl"):
            accounts.add_user(session, name, name, by=BY, at=AT)
            passwords.set_password(session, name, GOOD, by=BY, at=AT)
        accounts.disable_user(session, "carl", by=BY, at=AT)
    heard = set()
    for user, password in (
        ("anna", GOOD),  # has no password
        ("berta", "falsch geraten!"),
        ("carl", GOOD),
        ("niemand", GOOD),
    ):
        with pytest.raises(sign_in.NotSignedIn) as caught:
            passwords.check_password(database.write, user, password, clock=Clock())
        heard.add(str(caught.value))
    assert len(heard) == 1
    # A password typed into the wrong field must not stand in the trail or the table.
    assert ("AUTH_FAILED", "unknown") in actions(database)
    with database.read() as session:
        names = session.scalars(sa.select(schema.sign_in_attempt.c.user_id)).all()
    assert "niemand" not in names


def test_wrong_passwords_pause_the_account_longer_and_longer(database: Database) -> None:
    clock = Clock()
    with database.write() as session:
        passwords.set_password(session, "anna", GOOD, by=BY, at=AT)

    def wrong() -> None:
        with pytest.raises(sign_in.NotSignedIn):
            passwords.check_password(database.write, "anna", "falsch geraten!", clock=clock)

    for _ in range(passwords.FREE_FAILURES):
        wrong()
    assert actions(database)[-1] == ("AUTH_LOCKED", "anna")
    with pytest.raises(passwords.Locked) as caught:  # the right one is not even looked at
        passwords.check_password(database.write, "anna", GOOD, clock=clock)
    assert caught.value.seconds == 30
    clock.move(seconds=31)
    wrong()
    with pytest.raises(passwords.Locked) as caught:
        passwords.check_password(database.write, "anna", GOOD, clock=clock)
    assert caught.value.seconds == 60
    clock.move(seconds=61)
    assert passwords.check_password(database.write, "anna", GOOD, clock=clock) == "anna"
    for _ in range(passwords.FREE_FAILURES - 1):  # a good one begins anew
        wrong()
    assert passwords.check_password(database.write, "anna", GOOD, clock=clock) == "anna"


def test_an_unknown_name_pauses_like_a_known_one(database: Database) -> None:
    clock = Clock()
    for _ in range(passwords.FREE_FAILURES):
        with pytest.raises(sign_in.NotSignedIn):
            passwords.check_password(database.write, "niemand", GOOD, clock=clock)
    with pytest.raises(passwords.Locked) as caught:
        passwords.check_password(database.write, "niemand", GOOD, clock=clock)
    assert caught.value.seconds == 30


def test_guessing_over_many_names_pauses_everyone(database: Database) -> None:
    with database.write() as session:
        passwords.set_password(session, "anna", GOOD, by=BY, at=AT)
        for number in range(passwords.FREE_FAILURES_OVERALL + 20):
            session.execute(
                sa.insert(schema.sign_in_attempt).values(user_id=f"?{number}", at=AT, ok=False)
            )
    clock = Clock()
    with pytest.raises(passwords.Locked) as caught:
        passwords.check_password(database.write, "anna", GOOD, clock=clock)
    assert 1 <= caught.value.seconds <= passwords.LONGEST_PAUSE_OVERALL.total_seconds()
    clock.move(seconds=61)
    assert passwords.check_password(database.write, "anna", GOOD, clock=clock) == "anna"


def test_a_new_password_ends_every_other_way_in(database: Database) -> None:
    ttl = timedelta(hours=1)
    with database.write() as session:
        accounts.add_user(session, "berta", "Berta", by=BY, at=AT)
        kept = sign_in.new_token(session, "berta", None, "x", ttl, by=BY, at=AT)
        opened = sign_in.open_session(session, "anna", longest=ttl, at=AT)
        link = sign_in.new_link(session, "anna", ttl, by=BY, at=AT)
        token = sign_in.new_token(session, "anna", None, "x", ttl, by=BY, at=AT)
        passwords.set_password(session, "anna", GOOD, by=BY, at=AT)
        with pytest.raises(sign_in.NotSignedIn):
            sign_in.session_reader(session, opened.token, idle=ttl, at=AT)
        with pytest.raises(sign_in.NotSignedIn):
            sign_in.use_link(session, link, at=AT)
        with pytest.raises(sign_in.NotSignedIn):
            sign_in.token_reader(session, token, at=AT)
        assert sign_in.token_reader(session, kept, at=AT).user == "berta"
        event = schema.audit_event
        query = sa.select(event.c.detail).where(event.c.action == "PASSWORD_SET")
        (told,) = session.scalars(query).all()
    assert json.loads(told) == {"links": 1, "sessions": 1, "tokens": 1}


# ------------------------------------------------------------------ links
def test_a_link_works_once(database: Database) -> None:
    with database.write() as session:
        link = sign_in.new_link(session, "anna", timedelta(hours=1), by=BY, at=AT)
        kept = session.scalar(sa.select(schema.sign_in_link.c.token_hash))
        assert kept is not None and link not in kept
        assert sign_in.use_link(session, link, at=AT) == "anna"
        with pytest.raises(sign_in.NotSignedIn):
            sign_in.use_link(session, link, at=AT)


@pytest.mark.parametrize("how", ["role", "compartment"])
def test_an_unused_link_ends_with_a_new_right(database: Database, how: str) -> None:
    """What allowed the link was somebody with fewer rights; the trail says how many ended."""
    hour = timedelta(hours=1)
    with database.write() as session:
        accounts.add_user(session, "berta", "Berta", by=BY, at=AT)
        links = [sign_in.new_link(session, user, hour, by=BY, at=AT) for user in ("anna", "berta")]

        def adds(number: int) -> None:
            if how == "role":
                grant = Grant(role=list(Role)[number], department="bauamt")
                accounts.grant_role(session, "anna", grant, by=BY, at=AT)
            else:
                name = f"bereich{number}"
                accounts.join_compartment(session, "anna", name, purpose="Amt", by=BY, at=AT)

        adds(0)
        with pytest.raises(sign_in.NotSignedIn):
            sign_in.use_link(session, links[0], at=AT)
        assert sign_in.use_link(session, links[1], at=AT) == "berta"
        adds(1)  # nothing is left to end, and nothing is said of it
        kept = sign_in.new_link(session, "anna", hour, by=BY, at=AT)
        adds(1)  # held already: no right is added
        assert sign_in.use_link(session, kept, at=AT) == "anna"
        event = schema.audit_event
        query = sa.select(event.c.detail).where(event.c.action == "ROLE_GRANTED")
        told = [json.loads(each) for each in session.scalars(query.order_by(event.c.seq))]
    assert [each.get("links") for each in told] == [1, None]


def test_a_link_ends(database: Database) -> None:
    with database.write() as session:
        link = sign_in.new_link(session, "anna", timedelta(hours=1), by=BY, at=AT)
        with pytest.raises(sign_in.NotSignedIn):
            sign_in.use_link(session, link, at=AT + timedelta(hours=1))
        with pytest.raises(sign_in.NotSignedIn):
            sign_in.use_link(session, "geraten", at=AT)


# ------------------------------------------------------------------ sessions
def test_a_session_ends_by_rest_and_by_length(database: Database) -> None:
    idle, longest = timedelta(minutes=30), timedelta(hours=10)
    with database.write() as session:
        opened = sign_in.open_session(session, "anna", longest=longest, at=AT)
        found = sign_in.session_reader(session, opened.token, idle=idle, at=AT)
        assert found.reader.user == "anna" and found.csrf == opened.csrf
        with pytest.raises(sign_in.NotSignedIn):
            sign_in.session_reader(session, opened.token, idle=idle, at=AT + idle)
        for minutes in range(20, 600, 20):
            sign_in.touch_session(session, opened.token, at=AT + timedelta(minutes=minutes))
        late = AT + timedelta(minutes=599)
        assert sign_in.session_reader(session, opened.token, idle=idle, at=late).csrf
        with pytest.raises(sign_in.NotSignedIn):
            sign_in.session_reader(session, opened.token, idle=idle, at=AT + longest)


def test_signing_out_ends_the_session(database: Database) -> None:
    with database.write() as session:
        opened = sign_in.open_session(session, "anna", longest=timedelta(hours=1), at=AT)
        sign_in.close_session(session, opened.token, at=AT)
        sign_in.close_session(session, opened.token, at=AT)
        with pytest.raises(sign_in.NotSignedIn):
            sign_in.session_reader(session, opened.token, idle=timedelta(hours=1), at=AT)


def test_rights_are_those_of_the_moment(database: Database) -> None:
    with database.write() as session:
        opened = sign_in.open_session(session, "anna", longest=timedelta(hours=1), at=AT)
        accounts.grant_role(session, "anna", WORKER, by=BY, at=AT)
        found = sign_in.session_reader(session, opened.token, idle=timedelta(hours=1), at=AT)
        assert found.reader.grants == {WORKER}


# ------------------------------------------------------------------ tokens
def test_a_token_acts_narrowed_until_it_ends(database: Database) -> None:
    with database.write() as session:
        accounts.grant_role(session, "anna", WORKER, by=BY, at=AT)
        accounts.grant_role(session, "anna", Grant(role=Role.QA_INSPECTOR), by=BY, at=AT)
        with pytest.raises(UsageError):
            sign_in.new_token(session, "anna", Role.ADMIN, "x", timedelta(1), by=BY, at=AT)
        wide = sign_in.new_token(session, "anna", None, "alles", timedelta(1), by=BY, at=AT)
        narrow = sign_in.new_token(
            session, "anna", Role.CASE_WORKER, "eng", timedelta(1), by=BY, at=AT
        )
        assert len(sign_in.token_reader(session, wide, at=AT).grants) == 2
        assert sign_in.token_reader(session, narrow, at=AT).grants == {WORKER}
        with pytest.raises(sign_in.NotSignedIn):
            sign_in.token_reader(session, narrow, at=AT + timedelta(1))
        entries = {entry.label: entry for entry in sign_in.tokens(session, "anna")}
        sign_in.revoke_token(session, entries["alles"].id, by=BY, at=AT)
        with pytest.raises(sign_in.NotSignedIn):
            sign_in.token_reader(session, wide, at=AT)
        with pytest.raises(NotFound):
            sign_in.revoke_token(session, entries["alles"].id, by=BY, at=AT)


def test_a_narrowed_token_loses_a_role_with_its_user(database: Database) -> None:
    with database.write() as session:
        accounts.grant_role(session, "anna", WORKER, by=BY, at=AT)
        token = sign_in.new_token(
            session, "anna", Role.CASE_WORKER, "eng", timedelta(1), by=BY, at=AT
        )
        accounts.revoke_role(session, "anna", WORKER, by=BY, at=AT)
        assert sign_in.token_reader(session, token, at=AT).grants == frozenset()
