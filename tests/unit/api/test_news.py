"""What listeners are told, and what not: one look for all, each within the rights of that moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from api.http import live_events
from archive.model import Grant, Item, Reader, Role
from archive.people import accounts, break_glass, current_readers, sign_in
from archive.people.current_readers import SignIn
from archive.people.sign_in import NotSignedIn
from archive.views import live_changes
from config.errors import Unavailable
from tests.unit.api.building import BY, House
from tests.unit.api.worlds import REASON, SECRET, settle


@pytest.fixture
def newsroom(house: House, monkeypatch: pytest.MonkeyPatch) -> live_events.Newsroom:
    monkeypatch.setattr(live_events, "EVERY", 0.0)
    monkeypatch.setattr(live_events, "BEAT_EVERY", 0.02)
    return live_events.Newsroom(house.service)


def _secret(house: House, user: str) -> SignIn:
    return SignIn(sign_in.hash_of(house.token(user)), is_token=True)


Heard = list[tuple[str, ...]]


async def _listen(
    newsroom: live_events.Newsroom,
    who: SignIn,
    *acts: Callable[[], object],
    until: Callable[[Heard], bool],
) -> Heard:
    """What is heard; ``acts`` one by one, each after what came of the one before was heard."""
    heard: Heard = []
    left = list(acts)
    async for changed in newsroom.news(who):
        heard.append(tuple(_said(item) for item in changed))
        if left and (len(heard) == 1 or changed):
            left.pop(0)()
        elif until(heard):
            return heard
    return heard


class Looked:
    """Whether the newsroom has looked twice since an act: a look may be on its way meanwhile."""

    def __init__(self, newsroom: live_events.Newsroom) -> None:
        self._newsroom = newsroom
        self._since: int | None = None

    def after(self, act: Callable[[], object]) -> Callable[[], None]:
        def acted() -> None:
            act()
            self._since = self._newsroom._looks

        return acted

    def __call__(self, _heard: Heard) -> bool:
        return self._since is not None and self._newsroom._looks > self._since + 2


def test_news_tell_nothing_of_others(house: House, newsroom: live_events.Newsroom) -> None:
    looked = Looked(newsroom)
    hidden = lambda: [settle(house, "jugendamt", None), settle(house, "bauamt", "personal")]
    secret = _secret(house, "bauamt")
    heard = asyncio.run(_listen(newsroom, secret, looked.after(hidden), until=looked))
    assert len(heard) > 1 and not any(heard)
    told = lambda heard: bool(heard[-1])
    mine = lambda: house.receive("neu.pdf")
    heard = asyncio.run(_listen(newsroom, _secret(house, "bauamt"), mine, until=told))
    assert sum(heard, ()) == ("neu.pdf received",)
    heard = asyncio.run(_listen(newsroom, _secret(house, "jugendamt"), hidden, until=told))
    assert any(f"{SECRET}.pdf" in said for said in sum(heard, ()))
    assert len(newsroom) == 0  # who has gone leaves nothing behind


def test_one_look_tells_each_listener_what_that_one_may_see(
    house: House, newsroom: live_events.Newsroom
) -> None:
    """The same news to all at once: the departments, the mailroom, an administrator."""
    people_there = ("bauamt", "jugendamt", "poststelle", "verwaltung", "bauamt")

    async def all_of_them() -> list[Heard]:
        listening = len(people_there)

        looked = Looked(newsroom)

        def arrive() -> None:
            house.receive("offen.pdf")
            house.receive("jugend.pdf", department="jugendamt")
            house.receive("zu.pdf", department="bauamt", compartment="personal")

        async def one(user: str) -> Heard:
            nonlocal listening
            heard: Heard = []
            async for changed in newsroom.news(secrets[user]):
                if not heard:
                    listening -= 1
                    if not listening:
                        looked.after(arrive)()
                heard.append(tuple(_said(item) for item in changed))
                if looked(heard):
                    return heard
            return heard

        secrets = {user: _secret(house, user) for user in people_there}
        return list(await asyncio.gather(*(one(user) for user in people_there)))

    bauamt, jugendamt, post, admin, again = (
        set(sum(heard, ())) for heard in asyncio.run(all_of_them())
    )
    assert bauamt == again == {"offen.pdf received"}
    assert jugendamt == {"jugend.pdf received"}
    assert post == {"offen.pdf received", "jugend.pdf received"}
    assert admin == set()


def _never(_heard: Heard) -> bool:
    return False


def _revoke(house: House, user: str) -> None:
    with house.database.write() as session:
        for grant in accounts.grants_of(session, user):
            accounts.revoke_role(session, user, grant, by=BY, at=house.clock())


def _leave(house: House, user: str) -> None:
    with house.database.write() as session:
        accounts.leave_compartment(session, user, "personal", by=BY, at=house.clock())


def _disable(house: House, user: str) -> None:
    with house.database.write() as session:
        accounts.disable_user(session, user, by=BY, at=house.clock())


@pytest.mark.parametrize(
    ("withdraw", "ends"), [(_revoke, False), (_leave, False), (_disable, True)]
)
def test_a_right_withdrawn_while_listening_takes_effect_with_the_next_news(
    house: House,
    newsroom: live_events.Newsroom,
    withdraw: Callable[[House, str], None],
    ends: bool,
) -> None:
    with house.database.write() as session:
        accounts.join_compartment(
            session, "bauamt", "personal", purpose="Amt", by=BY, at=house.clock()
        )

    def inside(name: str) -> str:
        return house.receive(name, compartment="personal")

    def without() -> None:
        withdraw(house, "bauamt")
        inside("danach.pdf")

    looked = Looked(newsroom)
    until: Callable[[Heard], bool] = _never if ends else looked  # it ends by itself, or not
    first = lambda: inside("davor.pdf")
    secret = _secret(house, "bauamt")
    heard = asyncio.run(_listen(newsroom, secret, first, looked.after(without), until=until))
    assert sum(heard, ()) == ("davor.pdf received",)


def test_a_revoked_token_and_a_session_that_is_closed_hear_no_more(
    house: House, newsroom: live_events.Newsroom
) -> None:
    token = house.token("bauamt")
    with house.database.write() as session:
        opened = sign_in.open_session(
            session, "bauamt", longest=timedelta(hours=1), at=house.clock()
        )

    def revoke() -> None:
        with house.database.write() as session:
            entry = sign_in.tokens(session, "bauamt")[0].id
            sign_in.revoke_token(session, entry, by=BY, at=house.clock())
        house.receive("danach.pdf")

    def close() -> None:
        with house.database.write() as session:
            sign_in.close_session(session, opened.token, at=house.clock())
        house.receive("danach.pdf")

    for secret, is_token, act in ((token, True, revoke), (opened.token, False, close)):
        who = SignIn(sign_in.hash_of(secret), is_token=is_token)
        heard = asyncio.run(_listen(newsroom, who, act, until=lambda _: False))
        assert not any(heard)


def test_who_takes_nothing_is_let_go_and_costs_no_more_than_a_few_items(
    house: House, newsroom: live_events.Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_events, "MOST_PENDING", 3)

    async def slow() -> Heard:
        listener = newsroom.news(_secret(house, "bauamt"))
        assert await anext(listener) == ()
        for number in range(5):
            house.receive(f"{number}.pdf")
        while not next(iter(newsroom._listeners))._ended:
            await asyncio.sleep(0.01)
        return [tuple(_said(item) for item in changed) async for changed in listener]

    assert asyncio.run(slow()) == []
    assert len(newsroom) == 0


def test_news_of_a_flood_come_whole(
    house: House, newsroom: live_events.Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_changes, "AT_ONCE", 2)
    flood = lambda: [house.receive(f"{number}.pdf") for number in range(7)]
    heard = asyncio.run(
        _listen(
            newsroom,
            _secret(house, "bauamt"),
            flood,
            until=lambda heard: len(set(sum(heard, ()))) == 7,
        )
    )
    assert set(sum(heard, ())) == {f"{number}.pdf received" for number in range(7)}


def test_a_database_that_is_away_ends_no_stream_and_nothing_is_missed(
    house: House, newsroom: live_events.Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = iter([True, True, False])
    real = live_changes.look

    def look(*given: Any, **named: Any) -> Any:
        if next(away, False):
            raise Unavailable("Die Datenbank ist gerade nicht nutzbar.")
        return real(*given, **named)

    monkeypatch.setattr(live_changes, "look", look)
    mine = lambda: house.receive("neu.pdf")
    told = lambda heard: bool(heard[-1])
    heard = asyncio.run(_listen(newsroom, _secret(house, "bauamt"), mine, until=told))
    assert sum(heard, ()) == ("neu.pdf received",)


def _said(item: Item) -> str:
    return f"{item.source} {item.stage}"


def test_the_rights_of_many_are_those_of_each(house: House) -> None:
    """Sessions and tokens, living, resting, over, revoked; closed accounts; a broken glass."""
    clock, idle = house.clock, timedelta(minutes=30)
    world = settle(house, "bauamt", "personal")
    told: list[tuple[SignIn, str]] = []
    with house.database.write() as session:
        accounts.join_compartment(
            session, "registratur", "personal", purpose="x", by=BY, at=clock()
        )
        for number, user in enumerate(("bauamt", "jugendamt", "poststelle", "revision", "niemand")):
            for hours in (1, 48):
                at = clock() - timedelta(minutes=20 * number)
                opened = sign_in.open_session(session, user, longest=timedelta(hours=hours), at=at)
                told.append((SignIn(sign_in.hash_of(opened.token), is_token=False), opened.token))
        roles = ("bauamt", Role.CASE_WORKER), ("poststelle", Role.MAIL_CLERK), ("revision", None)
        for user, role in roles:
            for days in (1, 2):
                secret = sign_in.new_token(
                    session, user, role, "Test", timedelta(days=days), by=BY, at=clock()
                )
                told.append((SignIn(sign_in.hash_of(secret), is_token=True), secret))
        entry = sign_in.tokens(session, "revision")[0].id
        sign_in.revoke_token(session, entry, by=BY, at=clock())
        accounts.grant_role(
            session, "bauamt", Grant(role=Role.SCAN_SUPERVISOR, stream="legacy"), by=BY, at=clock()
        )
        clerk = accounts.reader(session, "bauamt", at=clock())
        glass = break_glass.open_file(
            session, clerk, world.ids["mark"], reason=REASON, length=timedelta(hours=1), at=clock()
        )
        assert glass is not None
        accounts.disable_user(session, "jugendamt", by=BY, at=clock())
    told.append((SignIn(sign_in.hash_of("nie gesehen"), is_token=True), "nie gesehen"))

    def single(who: SignIn, secret: str, at: Any) -> Reader | None:
        try:
            with house.database.read() as session:
                if who.is_token:
                    return sign_in.token_reader(session, secret, at=at)
                return sign_in.session_reader(session, secret, idle=idle, at=at).reader
        except NotSignedIn:
            return None

    seen = set()
    for minutes in (0, 5, 15, 29, 31, 61, 60 * 25, 60 * 49):
        at = clock() + timedelta(minutes=minutes)
        with house.database.read() as session:
            found = current_readers.signed_in(session, [who for who, _ in told], idle=idle, at=at)
        for who, secret in told:
            assert found.get(who) == single(who, secret, at), (who, minutes)
        seen.add(len(found))
        assert any(each.opened_files for each in found.values()) == (minutes < 30)
    assert len(seen) > 3  # the times do make a difference
