"""Signing in, staying signed in, and what a cookie alone may not do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.web.intake import held, inbox
from api.web.people import account, admin, audit
from api.web.people.sign_in import is_ours
from api.web.records import document
from archive.model import Role
from archive.people import accounts, passwords
from tests.unit.api.building import BY, House, build, close
from tests.unit.api.conftest import Calls, csrf_of

Sits = Callable[[str], TestClient]
GOOD = "Drei Birnen am Zaun"


def test_nobody_gets_nothing(calls: Calls) -> None:
    client = calls(None)
    for place in ("items", "documents", "held", "search?q=x", "files", "users", "audit", "me"):
        answer = client.get(f"/api/v1/{place}")
        assert answer.status_code == 401, place
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer falsch", "Basic YWJj", "x", "Bearer \u00e4"]
)
def test_a_wrong_token_is_nobody(app: FastAPI, header: str) -> None:
    client = TestClient(app)
    answer = client.get("/api/v1/me", headers={"Authorization": header.encode("latin-1")})
    assert answer.status_code == 401


def test_a_token_does_not_open_pages(calls: Calls) -> None:
    answer = calls("bauamt").get("/eingang", follow_redirects=False)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/anmelden")


def test_a_narrowed_token_has_one_role(house: House, app: FastAPI) -> None:
    token = house.token("poststelle", Role.MAIL_CLERK)
    me = TestClient(app).get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert [grant["role"] for grant in me.json()["grants"]] == ["mail_clerk"]


def test_the_link_page_does_not_spend_the_link(house: House, app: FastAPI) -> None:
    client = TestClient(app, follow_redirects=False)
    place = f"/anmelden/link/{house.link('bauamt')}"
    for _ in range(3):  # mail scanners look
        assert client.get(place).status_code == 200
    answer = client.post(place)
    assert answer.status_code == 303 and answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "secure" not in cookie
    assert client.get("/").headers["location"] == "/eingang"
    again = TestClient(app).post(place)
    assert again.status_code == 401 and "gilt nicht" in again.text


def test_over_tls_the_cookie_is_bound_to_host_and_tls(tmp_path: Path) -> None:
    house = build(tmp_path / "tls", public_url="https://akten.kreis.example")
    client = TestClient(
        create_app(house.service),
        base_url="https://akten.kreis.example",
        follow_redirects=False,
    )
    answer = client.post(f"/anmelden/link/{house.link('bauamt')}")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-registratur=") and "Secure" in cookie
    assert "max-age=31536000" in answer.headers["strict-transport-security"]
    assert client.get("/eingang").status_code == 200
    close(house)


def test_password_sign_in(house: House, app: FastAPI) -> None:
    with house.database.write() as session:
        passwords.set_password(session, "bauamt", GOOD, by=BY, at=house.clock())
    client = TestClient(app, follow_redirects=False)
    wrong = client.post("/anmelden", data={"user": "bauamt", "password": "falsch geraten"})
    unknown = client.post("/anmelden", data={"user": "keiner", "password": "falsch geraten"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("bauamt", "keiner") == unknown.text
    right = client.post(
        "/anmelden", data={"user": "bauamt", "password": GOOD, "weiter": "/akten?plan=63"}
    )
    assert right.status_code == 303 and right.headers["location"] == "/akten?plan=63"


def test_too_many_wrong_passwords(app: FastAPI) -> None:
    client = TestClient(app)
    for _ in range(passwords.FREE_FAILURES):
        client.post("/anmelden", data={"user": "bauamt", "password": "falsch geraten"})
    answer = client.post("/anmelden", data={"user": "bauamt", "password": "falsch geraten"})
    assert answer.status_code == 429 and "Zu viele Fehlversuche" in answer.text


@pytest.mark.parametrize(
    "onward",
    [
        "https://boese.example/",
        "//boese.example",
        "/\\boese.example",
        "\\\\boese",
        "/\tboese",
        "javascript:x",
    ],
)
def test_after_sign_in_nobody_is_sent_elsewhere(onward: str) -> None:
    assert not is_ours(onward)


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://boese.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
)
def test_another_site_cannot_sign_us_in(
    house: House, app: FastAPI, headers: dict[str, str]
) -> None:
    place = f"/anmelden/link/{house.link('bauamt')}"
    assert TestClient(app).post(place, headers=headers).status_code == 403
    assert TestClient(app, follow_redirects=False).post(place).status_code == 303


def test_a_cookie_reads_the_interface_but_changes_nothing_alone(house: House, sits: Sits) -> None:
    document = house.file()
    client = sits("bauamt")
    assert client.get(f"/api/v1/documents/{document}").status_code == 200
    body = {"revision": 1, "title": "Anders"}
    place = f"/api/v1/documents/{document}"
    assert client.patch(place, json=body).status_code == 403
    assert client.patch(place, json=body, headers={"X-CSRF-Token": "x"}).status_code == 403
    token = csrf_of(client.get("/eingang").text)
    assert client.patch(place, json=body, headers={"X-CSRF-Token": token}).status_code == 200


def test_every_form_wants_the_sessions_token(sits: Sits) -> None:
    client = sits("verwaltung")
    posts = [
        getattr(route, "path", "")
        for page in (inbox, held, document, audit, admin, account)
        for route in page.router.routes
        if "POST" in (getattr(route, "methods", None) or ())
    ] + ["/abmelden"]
    assert len(posts) > 15
    for place in posts:
        place = place.replace("{", "").replace("}", "")
        sendings: tuple[dict[str, str], ...] = ({}, {"csrf": ""}, {"csrf": "falsch"})
        for sent in sendings:
            if place.endswith(("/datei", "/hochladen")):
                answer = client.post(place, files={"file": ("a", b"x")}, data=sent)
            else:
                answer = client.post(place, data={**sent, "x": "1"})
            assert answer.status_code == 403, (place, answer.text)


def test_a_forgotten_screen_signs_out(house: House, sits: Sits) -> None:
    client = sits("bauamt")
    for _ in range(4):  # use keeps it awake
        house.clock.move(minutes=20)
        assert client.get("/akten").status_code == 200
    for _ in range(4):  # what the page asks by itself does not
        house.clock.move(minutes=8)
        last = client.get("/eingang/liste")
    assert last.status_code == 303


def test_a_session_has_a_longest_life(house: House, sits: Sits) -> None:
    client = sits("bauamt")
    for _ in range(29):
        house.clock.move(minutes=20)
        assert client.get("/akten").status_code == 200
    house.clock.move(minutes=20)
    house.clock.move(seconds=5)
    assert client.get("/akten").status_code == 303


def test_signing_out(sits: Sits) -> None:
    client = sits("bauamt")
    token = csrf_of(client.get("/eingang").text)
    kept = dict(client.cookies)
    answer = client.post("/abmelden", data={"csrf": token})
    assert answer.status_code == 303 and 'registratur=""' in answer.headers["set-cookie"]
    client.cookies.update(kept)  # a copied cookie is worth nothing afterwards
    assert client.get("/eingang").status_code == 303


def test_a_disabled_person_is_out_at_once(house: House, sits: Sits) -> None:
    client = sits("bauamt")
    with house.database.write() as session:
        accounts.disable_user(session, "bauamt", by=BY, at=house.clock())
    assert client.get("/eingang").status_code == 303


def test_htmx_is_led_to_sign_in(app: FastAPI) -> None:
    answer = TestClient(app).get("/eingang/liste", headers={"HX-Request": "true"})
    assert answer.status_code == 401 and answer.headers["hx-redirect"] == "/anmelden"


def test_security_headers_are_everywhere(sits: Sits) -> None:
    client = sits("bauamt")
    for place in ("/eingang", "/api/v1/me", "/nirgends", "/static/app.css", "/healthz"):
        headers = client.get(place).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-correlation-id"]
    assert client.get("/eingang").headers["cache-control"] == "no-store"
    assert "immutable" in client.get("/static/app.css?1").headers["cache-control"]


def test_own_password(house: House, sits: Sits) -> None:
    client = sits("bauamt")

    def change(**fields: str) -> int:
        token = csrf_of(client.get("/konto").text)
        answer = client.post("/konto/kennwort", data={"csrf": token, **fields})
        return int(answer.status_code)

    assert change(new=GOOD, again="anders") == 422
    assert change(new="kurz", again="kurz") == 422
    assert change(new=GOOD, again=GOOD) == 303
    assert client.get("/konto").status_code == 200  # this session goes on
    assert change(new=GOOD + "!", again=GOOD + "!") == 422  # without the old one
    assert change(old=GOOD, new=GOOD + "!", again=GOOD + "!") == 303


def test_own_tokens(house: House, sits: Sits, app: FastAPI) -> None:
    client = sits("bauamt")
    token = csrf_of(client.get("/konto").text)
    page = client.post("/konto/token", data={"csrf": token, "label": "Skript", "days": "30"}).text
    secret = page.split("<code>rgt_")[1].split("<")[0]
    headers = {"Authorization": f"Bearer rgt_{secret}"}
    assert TestClient(app).get("/api/v1/me", headers=headers).json()["user"] == "bauamt"
    assert f"rgt_{secret}" not in client.get("/konto").text
    entry = page.split("/konto/token/")[1].split("/")[0]
    other = sits("jugendamt")
    theirs = csrf_of(other.get("/konto").text)
    place = f"/konto/token/{entry}/widerrufen"
    assert other.post(place, data={"csrf": theirs}).status_code == 404
    assert client.post(place, data={"csrf": token}).status_code == 303
    assert TestClient(app).get("/api/v1/me", headers=headers).status_code == 401
