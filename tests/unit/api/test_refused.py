"""A refused act says at its place what stands in the way, keeps what was written, and leads back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import contextmanager
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.web.rendering.refilled_form import _Reading, filled
from api.web.rendering.refused_act import _NO_PAGES
from archive.intake import documents
from archive.tables import audit_trail
from config.errors import HoldReason, Unavailable
from tests.unit.api import leak_kit
from tests.unit.api.building import House
from tests.unit.api.conftest import csrf_of
from tests.unit.api.worlds import settle

Visits = Callable[[str], TestClient]
NOTE = '<div class="note bad flash" role="alert"'
EVIL = '"><script>alert(1)</script>'


@pytest.fixture(scope="module")
def held(home: House) -> str:
    item = home.receive("kaputt.pdf")
    home.hold(item, HoldReason.UNREADABLE, "Seite 3 fehlt.")
    return item


@pytest.fixture(scope="module")
def filed(home: House) -> str:
    return home.file("Zum Üben", pages=("Eins", "Zwei"))


def form_of(page: str, action: str) -> str:
    """The form for this address, with the tags before it."""
    return page.split(f'action="{action}"', 1)[1].split("</form>")[0]


def send(
    client: TestClient, place: str, action: str, files: Any = None, **fields: str
) -> tuple[int, str]:
    """As a browser does: from ``place``, which it names."""
    page = client.get(place).text
    answer = client.post(
        action,
        data={"csrf": csrf_of(page), **fields},
        files=files,
        headers={"referer": f"http://testserver{place}"},
    )
    return answer.status_code, answer.text


# ------------------------------------------------------------------ examples of each kind
def test_a_missing_reason_is_told_beside_its_form(visits: Visits, held: str) -> None:
    action = f"/klaeren/{held}/ablehnen"
    status, page = send(visits("poststelle"), "/klaeren", action, reason=" ")
    assert status == 422
    form = form_of(page, action)
    assert NOTE in form and "Grund" in form and 'href="/klaeren"' in form
    around = page.split(f'action="{action}"')[0].rsplit("<details", 1)[1]
    assert " open" in around.split(">")[0]  # the fold that it lies in
    assert page.count(NOTE) == 1 and "<title>Nicht ausgeführt: " in page


@pytest.mark.parametrize("named", [True, False])
def test_a_refused_correction_keeps_what_was_written(
    visits: Visits, filed: str, named: bool
) -> None:
    client = visits("bauamt")
    place, action = f"/dokumente/{filed}", f"/dokumente/{filed}/angaben"
    page = client.get(place).text
    revision = page.split('name="revision" value="')[1].split('"')[0]
    sent = {
        "csrf": csrf_of(page), "revision": revision, "title": f"Neu {EVIL}", "sender": "Frau Ü",
        "letter_date": "2999-01-01", "received_on": "2026-03-01", "remark": "weil",
    }  # fmt: skip
    headers = {"referer": f"http://testserver{place}"} if named else {}
    answer = client.post(action, data=sent, headers=headers)
    assert answer.status_code == 422
    form = form_of(answer.text, action)
    assert NOTE in form
    kept = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', form))
    for name in ("title", "sender", "letter_date", "remark"):
        assert unescape(kept[name]) == sent[name]
    assert "<script>alert" not in answer.text


def test_a_refused_check_keeps_every_answer(visits: Visits, filed: str) -> None:
    action = f"/dokumente/{filed}/pruefung"
    place = f"/dokumente/{filed}?ansicht=pruefung"
    sent = {"ok-1": "ja", "ok-2": "nein", "remark-1": "fast"}
    status, page = send(visits("bauamt"), place, action, **sent)
    assert status == 422
    form = form_of(page, action)
    assert NOTE in form and "Zu Seite 2 fehlt" in form
    assert re.search(r'name="ok-1" value="ja"[^>]* checked', form)
    assert re.search(r'name="ok-2" value="nein"[^>]* checked', form)
    assert form.count(" checked") == 2
    assert re.search(r'name="remark-1"[^>]* value="fast"', form)


def test_a_wrong_file_mark_is_told_at_the_right_one_of_several_forms(
    home: House, visits: Visits, filed: str
) -> None:
    action = f"/dokumente/{filed}/umlegen"
    status, page = send(
        visits("bauamt"), f"/dokumente/{filed}", action, file_mark="99/1", reason="falsch"
    )
    assert status == 404
    form = form_of(page, action)
    assert NOTE in form and 'value="99/1"' in form and 'value="falsch"' in form


def test_a_refused_upload_asks_for_the_file_again(visits: Visits, held: str) -> None:
    action = f"/klaeren/{held}/datei"
    status, page = send(
        visits("poststelle"), "/klaeren", action, files={"file": ("neu.pdf", b"x")}, reason=""
    )
    assert status == 422
    form = form_of(page, action)
    assert NOTE in form and "Die Datei bitte nochmals auswählen" in form


def test_what_was_settled_meanwhile_is_told_above_the_list(home: House, visits: Visits) -> None:
    item = home.receive("schon-erledigt.pdf")
    home.hold(item, HoldReason.UNREADABLE, "?")
    client = visits("poststelle")
    page = client.get("/klaeren").text
    sent = {"csrf": csrf_of(page), "reason": "Werbung"}
    assert client.post(f"/klaeren/{item}/ablehnen", data=sent).status_code == 303
    again = client.post(f"/klaeren/{item}/ablehnen", data=sent)
    assert again.status_code in (403, 409)
    main = again.text.split("<main", 1)[1]
    assert main.split(">", 1)[1].lstrip().startswith(NOTE)
    assert 'href="/klaeren"' in main and "nicht (mehr) angehalten" in main


def test_passwords_are_never_written_back(visits: Visits) -> None:
    status, page = send(
        visits("bauamt"), "/konto", "/konto/kennwort", new="geheimes Kennwort", again="ein anderes"
    )
    assert status == 422
    assert NOTE in form_of(page, "/konto/kennwort") and "geheimes" not in page


def test_what_may_come_from_another_site_is_not_filled_in(visits: Visits, filed: str) -> None:
    client = visits("bauamt")
    answer = client.post(
        f"/dokumente/{filed}/angaben",
        data={"csrf": "falsch", "title": "Untergeschoben"},
        headers={"referer": "https://fremd.example/"},
    )
    assert answer.status_code == 403 and "Untergeschoben" not in answer.text


@pytest.mark.parametrize(
    "referer",
    ["https://fremd.example/klaeren", "http://testserver//fremd.example", "http://testserver/api/v1/held",
     "http://[", "http://testserver/static/app.css", "javascript:alert(1)", "http://testserver/nirgends"],
)  # fmt: skip
def test_the_way_back_is_a_page_of_ours(visits: Visits, held: str, referer: str) -> None:
    client = visits("poststelle")
    token = csrf_of(client.get("/klaeren").text)
    answer = client.post(
        f"/klaeren/{held}/ablehnen",
        data={"csrf": token, "reason": ""},
        headers={"referer": referer},
    )
    assert answer.status_code == 422 and NOTE in answer.text
    assert "fremd.example" not in answer.text and "javascript:" not in answer.text


def test_a_page_that_cannot_be_shown_leads_back_to_the_one_before(visits: Visits) -> None:
    client = visits("bauamt")
    answer = client.get("/dokumente/gibtesnicht", headers={"referer": "http://testserver/akten"})
    assert answer.status_code == 404 and 'href="/akten"' in answer.text
    own = client.get("/nirgends", headers={"referer": "http://testserver/nirgends"})
    assert own.status_code == 404 and 'href="/nirgends"' not in own.text


def test_whoever_must_sign_in_again_comes_back_to_the_page_of_the_form(
    home: House, visits: Visits
) -> None:
    client = visits("bauamt")
    token = csrf_of(client.get("/konto").text)
    client.cookies.clear()
    answer = client.post(
        "/suche/merken",
        data={"csrf": token, "q": "x"},
        headers={"referer": "http://testserver/suche?q=x"},
    )
    assert answer.headers["location"] == "/anmelden?weiter=%2Fsuche%3Fq%3Dx"


def test_a_question_that_cannot_be_read_stays_in_its_field(visits: Visits) -> None:
    page = visits("bauamt").get("/suche", params={"q": "absender:"})
    assert page.status_code == 200
    assert 'value="absender:"' in page.text


# ------------------------------------------------------------------ the family: every form of every page
PAGES = {
    "poststelle": ["/eingang?zeit=alle", "/klaeren", "/eingaenge/{held}", "/konto"],
    "bauamt": [
        "/dokumente/{filed}", "/dokumente/{filed}?ansicht=pruefung",
        "/dokumente/{filed}?ansicht=nachweise", "/dokumente/{filed}/signaturen", "/zuordnen",
        "/akten?plan=63.1", "/akten/{file}", "/vorgaenge/{case}", "/notzugriff", "/suche?q=x",
    ],
    "registratur": ["/aktenplan"],
    "verwaltung": ["/verwaltung", "/verwaltung/bereiche"],
}  # fmt: skip
LEFT_ALONE = ("/abmelden",)  #: it has nothing to fill in


@contextmanager
def a_part_is_away(home: House, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Every act that would write is refused."""

    def away(*_: object, **__: object) -> Any:
        raise Unavailable("die Datenbank antwortet nicht")

    with monkeypatch.context() as patch:
        patch.setattr(type(home.database), "write", away)
        yield


@pytest.mark.parametrize(
    "user",
    [
        pytest.param(user, marks=pytest.mark.campaign if user == "verwaltung" else ())
        for user in PAGES
    ],
)
def test_every_form_comes_back_as_it_was_sent(
    home: House, visits: Visits, held: str, filed: str, user: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with home.database.read() as session:
        found = documents.load_document(session, filed)
    there = {"held": held, "filed": filed, "file": found.file_id, "case": found.case_id}
    client, seen = visits(user), 0
    for pattern in PAGES[user]:
        place = pattern.format(**there)
        page = client.get(place).text
        for form in _Reading(page).forms:
            action = form.tag.get("action") or ""
            if form.tag.get("method") != "post" or action in LEFT_ALONE:
                continue
            sent = {one.get("name") or "": one.get("value") or "" for one in form.inputs}
            texts = [
                one.get("name") or ""
                for one in form.inputs
                if (one.get("type") or "text") in ("text", "search")
            ]
            sent |= {name: f"Wort {EVIL}" for name in texts}
            multipart = form.tag.get("enctype") == "multipart/form-data"
            files = {"file": ("a.pdf", b"%PDF-a")} if multipart else None
            with a_part_is_away(home, monkeypatch):
                answer = client.post(
                    action, data={k: v for k, v in sent.items() if k != "file"}, files=files,
                    headers={"referer": f"http://testserver{place}"},
                )  # fmt: skip
            where = (user, place, action, answer.status_code)
            if answer.status_code in (200, 303):
                continue  # it needs nothing that is away
            assert answer.status_code in (403, 404, 409, 422, 503), where
            assert answer.text.count(NOTE) == 1 and '<ul id="menu"' in answer.text, where
            assert "<script>alert" not in answer.text, where
            rest = answer.text.split(f'action="{action}"')[1:]
            (again,) = [text for part in rest if NOTE in (text := part.split("</form>")[0])]
            kept = [unescape(text) for text in re.findall(r' value="([^"]*)"', again)]
            assert kept.count(f"Wort {EVIL}") == len(texts), where
            seen += 1
    assert seen >= (1 if user == "registratur" else 3), user


NO_PAGES = (
    "/eingang/live", "/eingang/liste", "/revision/protokoll.csv", "/dokumente/{filed}/original",
    "/dokumente/{filed}/fassung", "/dokumente/{filed}/bild/1", "/dokumente/{filed}/drucken",
    "/static/app.css", "/suche/merken",
)  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("place", NO_PAGES)
def test_what_is_no_page_is_never_run_for_a_refused_form(
    home: House, visits: Visits, filed: str, place: str
) -> None:
    """A stream would never end, and a file would be told as handed out. As uvicorn asks: its
    version of the protocol makes whoever streams listen for the end of the connection."""
    client = visits("revision" if "revision" in place else "bauamt")
    csrf = csrf_of(client.get("/konto").text)
    body = urlencode({"csrf": csrf, "days": "7"}).encode()
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    headers = {
        "host": "testserver", "cookie": cookies, "content-length": str(len(body)),
        "referer": f"http://testserver{place.format(filed=filed)}",
        "content-type": "application/x-www-form-urlencoded",
    }  # fmt: skip
    with home.database.read() as session:
        before = session.execute(sa.select(sa.func.max(audit_trail.audit_event.c.seq))).scalar()
    answer = asyncio.run(sent_by_hand(client.app, "/konto/token", headers, body))
    assert answer == 422
    with home.database.read() as session:
        after = session.execute(sa.select(sa.func.max(audit_trail.audit_event.c.seq))).scalar()
    assert after == before


async def sent_by_hand(app: Any, path: str, headers: dict[str, str], body: bytes) -> int:
    messages = [{"type": "http.request", "body": body, "more_body": False}]
    status = 0

    async def receive() -> Any:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1",
        "method": "POST", "scheme": "http", "path": path, "raw_path": path.encode(),
        "query_string": b"", "root_path": "", "client": ("127.0.0.1", 1),
        "server": ("testserver", 80), "state": {},
        "headers": [(name.encode(), text.encode()) for name, text in headers.items()],
    }  # fmt: skip
    await asyncio.wait_for(app(scope, receive, send), 30)
    return status


def test_whatever_is_no_page_is_known_as_none(home: House, visits: Visits, filed: str) -> None:
    """A new file, table or picture among the pages' addresses is told from a page by its address."""
    client = visits("bauamt")
    own = settle(home, "bauamt", None, named="Lindenweg")
    seen = 0
    for each in leak_kit.endpoints(create_app(home.service)):
        if each.method != "GET" or each.path.startswith(("/api/", "/static")):
            continue
        for place in leak_kit.filled(each, own) if each.names_objects else (each.path,):
            if place.endswith("/live"):
                continue  # known below; it has no end
            answer = client.get(place)
            if answer.status_code != 200:
                continue
            seen += 1
            is_page = answer.headers["content-type"].startswith("text/html")
            assert is_page or _NO_PAGES.search(place), place
    assert seen > 15
    assert _NO_PAGES.search("/eingang/live") and not _NO_PAGES.search(f"/dokumente/{filed}")


def test_a_form_whose_address_has_signs_of_its_own_is_found() -> None:
    page = '<main id="inhalt"><form method="post" action="/b/Personal%20A/m"><input name="z"></form></main>'
    again = filled(page, "/b/Personal A/m", {"z": "Wort"}, "<p>nein</p>", more="")
    assert 'value="Wort"' in again


# ------------------------------------------------------------------ filling in, by itself
NAMES = st.sampled_from(("a", "b", "wahl", "ja", "text"))
PAGE = (
    '<html><p title="\u2028\x0b\x85">\r\n</p><main id="inhalt"><details name="g" open><form action="/x"><input name="a" value="1">'
    '</form></details><details name="g"><form method="post" action="/y"><input type="hidden"'
    ' name="csrf" value="t"><input name="a" value="1"><input type="password" name="b" value="">'
    '<select name="wahl"><option value="1">eins</option><option value="2" selected>zwei</option>'
    '</select><input type="checkbox" name="ja" value="1" checked><textarea name="text">alt'
    "</textarea></form></details></main></html>"
)


@settings(max_examples=30, deadline=None)
@given(sent=st.dictionaries(NAMES, st.text(max_size=12), max_size=5))
def test_what_is_filled_in_reads_as_it_was_sent(sent: dict[str, str]) -> None:
    page = filled(PAGE, "/y", sent, "<div>nein</div>", more="Datei")
    read = _Reading(page)
    first, second = read.forms
    assert {one.get("value") for one in first.inputs} == {"1"}  # of the other form nothing
    by_name = {one.get("name"): one for one in second.inputs}
    assert by_name["a"].get("value") == sent.get("a", "1")
    assert by_name["b"].get("value") == "" and by_name["csrf"].get("value") == "t"
    chosen = [one.get("value") for _, one in second.options if one.get("selected") is None
              and "selected" in dict(one.attributes)]  # fmt: skip
    assert chosen == (["2"] if "wahl" not in sent else [v for v in ("1", "2") if v == sent["wahl"]])
    assert [("open" in dict(fold.attributes)) for fold in read.folds] == [False, True]
    assert page.count("<div>nein</div>") == 1


def test_a_page_without_the_form_has_the_note_at_its_head() -> None:
    page = filled(PAGE, "/nirgends", {"a": "x"}, "<div>nein</div>", more="")
    assert page == PAGE.replace('<main id="inhalt">', '<main id="inhalt"><div>nein</div>')


def test_of_forms_with_one_address_the_one_with_these_hidden_fields_is_filled() -> None:
    form = (
        '<form action="/u"><input type="hidden" name="file_id" value="{}"><input name="r"></form>'
    )
    page = "<main>" + form.format("1") + form.format("2") + "</main>"
    again = filled(page, "/u", {"file_id": "2", "r": "weil"}, "<b>!</b>", more="")
    assert again.index("<b>!</b>") > again.index('value="1"') and 'value="weil"' in again
