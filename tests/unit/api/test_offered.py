"""What a page offers may be done: no form and no link of it is answered with a refusal.

Every reader walks the pages that links lead to, in a house with one of everything; each form is sent as
by a person who fills in what has to be filled in, and once more for each answer that it offers. What is
done is taken back, so that every form meets the house as its page was shown.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from archive.db.database import Database
from archive.people import accounts
from archive.tables import schema
from config.errors import HoldReason
from tests.unit.api.building import BY, House
from tests.unit.api.offered_kit import MORE, ask_for_rights
from tests.unit.api.worlds import settle

Visits = Callable[[str], TestClient]
USERS = (
    "poststelle", "bauamt", "jugendamt", "registratur", "revision", "verwaltung", "niemand",
    *(user for user in MORE if not user.startswith("gesperrt")),
)  # fmt: skip
LEFT_ALONE = ("/abmelden",)  #: it ends the walk
KEPT = ("/eingang/hochladen",)  #: what was brought is looked up again at once
TYPED = ("file_mark", "pseudonym")  #: fields for names of things, which need not be there
ID = re.compile(r"(?<=/)(?:[a-z]?[0-9a-f]{32}|[0-9a-f]{64})(?=/|$)|(?<=/personen/)[^/]+(?=/)")


# ------------------------------------------------------------------ the house
@pytest.fixture(scope="module")
def full(home: House) -> House:
    at = home.clock()
    with home.database.write() as session:
        for user, grants in MORE.items():
            accounts.add_user(session, user, user, by=BY, at=at)
            for grant in grants:
                accounts.grant_role(session, user, grant, by=BY, at=at)
        accounts.join_compartment(session, "bau-intern", "personal", purpose="Amt", by=BY, at=at)
    settle(home, "bauamt", None, named="Lindenweg")
    settle(home, "bauamt", "personal", named="Personalsache", resolved=False)
    settle(home, "jugendamt", None, named="Hilfeplan", resolved=False)
    for reason in (HoldReason.ENCRYPTED, HoldReason.UNREADABLE):
        home.hold(home.receive(f"{reason.value}.pdf", stream="legacy"), reason, "Seite 3 fehlt.")
    home.wait_for_check(home.receive("wartet.pdf"))
    ask_for_rights(home)
    home.index()
    return home


# ------------------------------------------------------------------ reading a page
@dataclass(slots=True)
class Sheet:
    """A form, as a person who fills it in sees it."""

    action: str
    method: str
    fields: dict[str, str]
    files: set[str]
    choices: dict[str, list[str]]  #: every answer that a list or a row of buttons offers


class Reading(HTMLParser):
    """The forms and links of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sheets: list[Sheet] = []
        self.links: list[str] = []
        self._sheet: Sheet | None = None
        self._choice, self._needed = "", False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "form":
            method = given.get("method", "get")
            self._sheet = Sheet(given.get("action", ""), method, {}, set(), {})
            self.sheets.append(self._sheet)
        elif self._sheet is not None:
            self._fill(self._sheet, tag, given)

    def _fill(self, sheet: Sheet, tag: str, given: Mapping[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "select":
            self._choice = name
            sheet.choices.setdefault(name, [])
            self._needed = "required" in given
        elif tag == "option":
            if given.get("value") or not self._needed:
                sheet.choices[self._choice].append(given.get("value", ""))
            if "selected" in given:
                sheet.fields[self._choice] = given.get("value", "")
        elif tag == "textarea" or (tag == "input" and not given.get("value")):
            if kind == "file":
                sheet.files.add(name)
            elif "required" in given and name:
                sheet.fields[name] = _written(kind, int(given.get("minlength") or 4))
            elif name:
                sheet.fields.setdefault(name, "")
        elif tag in ("input", "button") and name:
            if kind in ("radio", "checkbox"):
                sheet.choices.setdefault(name, []).append(given["value"])
                if "checked" in given:
                    sheet.fields[name] = given["value"]
            elif tag == "input" or name not in sheet.fields:
                sheet.fields[name] = given["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._sheet = None


def _written(kind: str, least: int) -> str:
    return {"date": "2026-04-01", "number": "1"}.get(kind, "weil " * (least // 5 + 1))


def answers(sheet: Sheet) -> Iterator[dict[str, str]]:
    """The form as it stands, with the first of what has to be chosen; then each other answer."""
    first = {name: values[0] for name, values in sheet.choices.items() if values}
    start = {**first, **sheet.fields}
    yield start
    for name, values in sheet.choices.items():
        for value in values:
            if start.get(name) != value:
                yield {**start, name: value}


# ------------------------------------------------------------------ walking
kept = Database.write


@contextmanager
def taken_back(self: Database) -> Iterator[Session]:
    """In place of ``Database.write``: what is written is not kept."""
    with Session(self.writer, expire_on_commit=False) as session:
        yield session
        session.flush()


class Walk:
    """One reader before all pages; ``refused`` tells what was offered and is not to be had."""

    def __init__(self, client: TestClient, alike: int) -> None:
        """``alike``: how many pages are gone through that differ in what they are about alone."""
        self.client, self.alike = client, alike
        self.refused: list[str] = []
        self.seen: set[str] = set()
        self.forms = 0
        self._told: Counter[object] = Counter()

    def through(self) -> None:
        ahead = deque(["/eingang?zeit=alle", "/konto"])
        while ahead:
            place = ahead.popleft()
            if place in self.seen or not self._is_new(_kind(place), self.alike):
                continue
            self.seen.add(place)
            answer = self.client.get(place, follow_redirects=True)
            if answer.status_code >= 400:
                self.refused.append(f"{place}: {answer.status_code}")
            if not answer.headers.get("content-type", "").startswith("text/html"):
                continue
            read = Reading(answer.text)
            for sheet in read.sheets:
                if sheet.method == "post" and sheet.action not in LEFT_ALONE:
                    self._send(place, sheet)
            ahead += [link for link in map(_ours, read.links) if link is not None]

    def _is_new(self, kind: object, most: int) -> bool:
        self._told[kind] += 1
        return self._told[kind] <= most

    def _send(self, place: str, sheet: Sheet) -> None:
        first = True
        for fields in answers(sheet):
            told = sorted((k, v) for k, v in fields.items() if k != "csrf")
            wanted = sheet.action if first else (ID.sub("*", sheet.action), tuple(told))
            first = False
            if not self._is_new(("form", wanted), 1):
                continue
            self.forms += 1
            write = kept if sheet.action in KEPT else taken_back
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Database, "write", write)
                status = self._status(place, sheet, fields)
            missing = status == 404 and not any(name in fields for name in TYPED)
            if status == 403 or missing:
                self.refused.append(f"{place}: {sheet.action} {told}: {status}")

    def _status(self, place: str, sheet: Sheet, fields: dict[str, str]) -> int:
        files: Any = {name: ("a.csv", b"a;b\n", "text/csv") for name in sheet.files} or None
        data = {name: value for name, value in fields.items() if name not in sheet.files}
        headers = {"referer": f"http://testserver{place}"}
        answer = self.client.post(sheet.action, data=data, files=files, headers=headers)
        return int(answer.status_code)


def _kind(place: str) -> object:
    """What a page is, without what it is about."""
    parts = urlsplit(place)
    return ID.sub("*", parts.path), tuple(sorted(set(parse_qs(parts.query))))


def _ours(link: str) -> str | None:
    """A page of the application; files, pictures and the interface are asked for elsewhere."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or not parts.path.startswith("/"):
        return None
    if parts.path.startswith(("/static", "/api")):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")


def offered(client: TestClient, alike: int) -> None:
    walk = Walk(client, alike)
    walk.through()
    assert walk.refused == []
    assert len(walk.seen) > 5 and walk.forms > 1


@pytest.mark.parametrize("user", ["bauamt", "verw-alt"])
def test_what_a_page_offers_may_be_done(full: House, visits: Visits, user: str) -> None:
    offered(visits(user), 1)


@pytest.mark.campaign
@pytest.mark.parametrize("user", USERS)
def test_what_any_page_offers_to_anybody_may_be_done(
    full: House, visits: Visits, user: str
) -> None:
    offered(visits(user), 5)


def test_in_place_of_what_may_not_be_done_the_reason_stands(full: House, visits: Visits) -> None:
    (closed,) = _closed_by(full, "registratur")
    page = visits("registratur").get(f"/akten/{closed}").text
    assert "öffnet sie nicht selbst wieder" in page and "/oeffnen" not in page
    local = visits("verw-bau").get("/verwaltung").text
    assert "gehört einer Verwaltungsperson" in local and "gesperrt/entsperren" not in local
    assert "Eigene Rollen vergibt eine andere Person." in local
    page = visits("verw-zwei").get("/rechte").text
    assert "Das betrifft Sie selbst" not in page and "Zurückziehen" in page
    page = visits("verwaltung").get("/rechte").text
    assert "Das Konto gesperrt ist gesperrt." in page
    assert "haben sich seit dem Antrag geändert" in page
    assert "verw-neu hat Rechte oder einen Anmeldelink allein von Ihnen" in page


def _closed_by(home: House, user: str) -> list[str]:
    file = schema.case_file
    query = sa.select(file.c.id).where(file.c.closed_by == user, file.c.compartment.is_(None))
    with home.database.read() as session:
        return list(session.scalars(query.where(file.c.department == "bauamt")))
