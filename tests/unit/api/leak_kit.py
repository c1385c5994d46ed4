"""Every route of the application, and a request for each: what the leak tests ask with.

A route that is new has no case here and makes ``test_leaks.py`` fail. Where its path names an object
(``KINDS``) nothing but the body of a change has to be added; a list needs its queries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.unit.api.conftest import csrf_of
from tests.unit.api.worlds import REASON, SECRET, World

# What a parameter of a path names. An object of a hidden world stands in for it, then an absent one.
KINDS: dict[str, tuple[str, ...]] = {
    "document_id": ("document",),
    "item_id": ("item", "held"),
    "object_id": ("held", "document"),
    "file_id": ("file",),
    "case_id": ("case",),
    "part_id": ("part",),
    "follow_up_id": ("follow_up",),
    "glass_id": ("glass",),
    "resolution_id": ("resolution",),
    "user": ("user",),
    "name": ("compartment",),
    "entry": ("token",),
    "request_id": ("request",),
    "sha256": ("original",),
}
PLAIN = {"number": "1"}  #: parameters that name no object
TABLE = "kennzeichen;titel;abteilung;jahre\n11;Personal;bauamt;30\n"


@dataclass(frozen=True, slots=True)
class Body:
    """What a change is sent with; ``form`` for pages (its token is added), else JSON or raw."""

    json: Any = None
    form: Mapping[str, str] | None = None
    text: str | None = None
    file: bool = False  #: a small file goes with the form


def form(**fields: str) -> Body:
    return Body(form=fields)


def sent(**fields: Any) -> Body:
    return Body(json=fields)


def upload(**fields: str) -> Body:
    return Body(form=fields, file=True)


NOTHING = form()
FACTS = {"revision": "1", "received_on": "2026-03-02"}
# Every change by its method and path.
CHANGES: dict[tuple[str, str], Body] = {
    # the interface
    ("POST", "/api/v1/items"): upload(stream="mailroom", department="jugendamt"),
    ("POST", "/api/v1/held/{object_id}/retry"): sent(reason="weil"),
    ("POST", "/api/v1/held/{object_id}/reject"): sent(reason="weil"),
    ("POST", "/api/v1/held/{item_id}/password"): sent(password="x"),
    ("POST", "/api/v1/held/{item_id}/redirect"): sent(department="bauamt", reason="weil"),
    ("POST", "/api/v1/held/{item_id}/file"): upload(reason="weil"),
    ("PATCH", "/api/v1/documents/{document_id}"): sent(revision=1, title="x"),
    ("POST", "/api/v1/documents/{document_id}/qa"): sent(pages=[{"page": 1, "ok": True}]),
    ("POST", "/api/v1/documents/{document_id}/refile"): sent(file_id="{file}", reason="weil"),
    ("POST", "/api/v1/documents/{document_id}/finalise"): Body(),
    ("POST", "/api/v1/documents/{document_id}/suggestions/reject"): Body(),
    ("POST", "/api/v1/files"): sent(plan_unit="51.1", subject="x"),
    ("POST", "/api/v1/files/{file_id}/finalise"): Body(),
    ("POST", "/api/v1/files/{file_id}/close"): Body(),
    ("POST", "/api/v1/files/{file_id}/reopen"): sent(reason="weil"),
    ("POST", "/api/v1/files/{file_id}/retention"): sent(reason="weil"),
    ("POST", "/api/v1/files/{file_id}/export"): Body(),
    ("POST", "/api/v1/files/{file_id}/parts"): sent(title="x"),
    ("POST", "/api/v1/files/{file_id}/cases"): sent(title="x"),
    ("POST", "/api/v1/files/{file_id}/follow-ups"): sent(due="2026-04-01", reason="x"),
    ("POST", "/api/v1/cases/{case_id}/close"): Body(),
    ("POST", "/api/v1/cases/{case_id}/reopen"): sent(reason="weil"),
    ("POST", "/api/v1/parts/{part_id}/close"): Body(),
    ("POST", "/api/v1/parts/{part_id}/reopen"): sent(reason="weil"),
    ("POST", "/api/v1/follow-ups/{follow_up_id}/done"): Body(),
    ("POST", "/api/v1/follow-ups/{follow_up_id}/move"): sent(due="2026-04-01"),
    ("POST", "/api/v1/break-glass"): sent(file_mark="{mark}", reason=REASON, minutes=30),
    ("POST", "/api/v1/break-glass/{glass_id}/end"): Body(),
    ("POST", "/api/v1/break-glass/{glass_id}/review"): sent(justified=True),
    ("POST", "/api/v1/compartments/{name}/members"): sent(user="registratur", purpose="x"),
    ("POST", "/api/v1/compartments/{name}/members/{user}/remove"): Body(),
    ("POST", "/api/v1/pseudonyms/resolve"): sent(pseudonym="Beispielperson 1", reason="x"),
    ("POST", "/api/v1/pseudonyms/resolutions/{resolution_id}/review"): sent(justified=True),
    ("POST", "/api/v1/plan"): Body(text=TABLE),
    ("POST", "/api/v1/filing-rules"): Body(text=TABLE),
    ("POST", "/api/v1/index/refused/retry"): Body(),
    ("POST", "/api/v1/users"): sent(id="neu", display_name="Neu"),
    ("POST", "/api/v1/users/{user}/disable"): Body(),
    ("POST", "/api/v1/users/{user}/enable"): Body(),
    ("POST", "/api/v1/users/{user}/roles"): sent(role="case_worker", everywhere=True),
    ("POST", "/api/v1/users/{user}/roles/revoke"): sent(role="case_worker"),
    ("POST", "/api/v1/grant-requests/{request_id}/confirm"): Body(),
    ("POST", "/api/v1/grant-requests/{request_id}/refuse"): sent(remark="x"),
    ("POST", "/api/v1/grant-requests/{request_id}/review"): sent(justified=True),
    # the pages
    ("POST", "/eingang/hochladen"): upload(stream="mailroom", department="jugendamt"),
    ("POST", "/klaeren/{object_id}/nochmals"): form(reason="weil"),
    ("POST", "/klaeren/{object_id}/ablehnen"): form(reason="weil"),
    ("POST", "/klaeren/{item_id}/kennwort"): form(password="x"),
    ("POST", "/klaeren/{item_id}/abteilung"): form(department="bauamt", reason="weil"),
    ("POST", "/klaeren/{item_id}/datei"): upload(reason="weil"),
    ("POST", "/dokumente/{document_id}/pruefen"): NOTHING,
    ("POST", "/dokumente/{document_id}/signaturen"): NOTHING,
    ("POST", "/api/v1/documents/{document_id}/signatures"): sent(),
    ("POST", "/dokumente/{document_id}/angaben"): Body(form=FACTS),
    ("POST", "/dokumente/{document_id}/pruefung"): form(**{"ok-1": "ja"}),
    ("POST", "/dokumente/{document_id}/umlegen"): form(file_id="{file}", reason="weil"),
    ("POST", "/dokumente/{document_id}/schlusszeichnen"): NOTHING,
    ("POST", "/dokumente/{document_id}/vorschlag/ablehnen"): NOTHING,
    ("POST", "/akten"): form(plan_unit="51.1", subject="x"),
    ("POST", "/akten/{file_id}/schlusszeichnen"): NOTHING,
    ("POST", "/akten/{file_id}/zda"): NOTHING,
    ("POST", "/akten/{file_id}/oeffnen"): form(reason="weil"),
    ("POST", "/akten/{file_id}/frist"): form(reason="weil"),
    ("POST", "/akten/{file_id}/ausgabe"): NOTHING,
    ("POST", "/akten/{file_id}/vorgaenge"): form(title="x"),
    ("POST", "/akten/{file_id}/teilakten"): form(title="x"),
    ("POST", "/akten/{file_id}/teilakten/{part_id}/schliessen"): NOTHING,
    ("POST", "/akten/{file_id}/teilakten/{part_id}/oeffnen"): form(reason="weil"),
    ("POST", "/akten/{file_id}/wiedervorlagen"): form(due="2026-04-01", reason="x"),
    ("POST", "/vorgaenge/{case_id}/schliessen"): NOTHING,
    ("POST", "/vorgaenge/{case_id}/oeffnen"): form(reason="weil"),
    ("POST", "/vorgaenge/{case_id}/wiedervorlagen"): form(due="2026-04-01", reason="x"),
    ("POST", "/wiedervorlagen/{follow_up_id}/erledigt"): NOTHING,
    ("POST", "/wiedervorlagen/{follow_up_id}/verlegen"): form(due="2026-04-01"),
    ("POST", "/notzugriff"): form(file_mark="{mark}", reason=REASON, minutes="30"),
    ("POST", "/notzugriff/{glass_id}/beenden"): NOTHING,
    ("POST", "/notzugriff/{glass_id}/pruefen"): form(justified="ja"),
    ("POST", "/verwaltung/bereiche/{name}/mitglieder"): form(user="registratur", purpose="x"),
    ("POST", "/verwaltung/bereiche/{name}/mitglieder/{user}/entfernen"): NOTHING,
    ("POST", "/pseudonyme"): form(pseudonym="Beispielperson 1", reason="x"),
    ("POST", "/pseudonyme/{resolution_id}/pruefen"): form(justified="ja"),
    ("POST", "/aktenplan/vorschau"): upload(was="plan"),
    ("POST", "/aktenplan/uebernehmen"): form(was="plan", tabelle=""),
    ("POST", "/revision/pruefen"): NOTHING,
    ("POST", "/verwaltung/personen"): form(user="neu", name="Neu"),
    ("POST", "/verwaltung/personen/{user}/rollen"): form(role="case_worker", department="*"),
    ("POST", "/verwaltung/personen/{user}/rollen/entziehen"): form(role="case_worker"),
    ("POST", "/verwaltung/personen/{user}/sperren"): NOTHING,
    ("POST", "/verwaltung/personen/{user}/entsperren"): NOTHING,
    ("POST", "/verwaltung/personen/{user}/link"): NOTHING,
    ("POST", "/verwaltung/suchindex/nochmals"): NOTHING,
    ("POST", "/verwaltung/abteilungen"): form(unit="neu", name="Neu"),
    ("POST", "/verwaltung/token/{entry}/widerrufen"): NOTHING,
    ("POST", "/konto/token/{entry}/widerrufen"): NOTHING,
    ("POST", "/konto/rechte/gesehen"): NOTHING,
    ("POST", "/rechte/{request_id}/bestaetigen"): NOTHING,
    ("POST", "/rechte/{request_id}/ablehnen"): form(remark="x"),
    ("POST", "/rechte/{request_id}/pruefen"): form(justified="ja"),
}
# Every reading that names no object in its path: how it is asked. ``{...}``: of the hidden world.
READINGS: dict[str, tuple[str, ...]] = {
    "/api/v1/items": ("", "?limit=1", "?outcome=held", "?stage=filed", "?stream=mailroom"),
    "/api/v1/held": ("",),
    "/api/v1/documents": ("", "?qa=pending", "?limit=1", "?file_id={file}", "?case_id={case}"),
    "/api/v1/files": ("", "?plan_unit=51.1", "?plan_unit=63.1", "?limit=1"),
    "/api/v1/cases": ("?file_id={file}",),
    "/api/v1/follow-ups": ("?until=2030-01-01", "?until=2030-01-01&mine=true"),
    "/api/v1/to-place": ("",),
    "/api/v1/search": (
        "?q=Antrag",
        f"?q={SECRET}",
        "?q=",
        "?q=Antrag&sort=newest&limit=1",
        "?q=az:{mark}",
    ),
    "/api/v1/search/words": ("?prefix=inob", "?prefix=ant"),
    "/api/v1/searches": ("",),
    "/api/v1/units": ("",),
    "/api/v1/me": ("",),
    "/api/v1/plan": ("",),
    "/api/v1/filing-rules": ("",),
    "/api/v1/break-glass": ("",),
    "/api/v1/break-glass/reviews": ("",),
    "/api/v1/compartments": ("",),
    "/api/v1/pseudonyms/resolutions": ("",),
    "/api/v1/pseudonyms/reviews": ("",),
    "/api/v1/audit": ("?limit=500", "?object_id={document}", "?actor=jugendamt"),
    "/api/v1/audit/chain": ("",),
    "/api/v1/users": ("",),
    "/api/v1/grant-requests": ("",),
    "/api/v1/grant-requests/mine": ("",),
    "/api/v1/index/refused": ("",),
    "/api/v1/openapi.json": ("",),
    "/healthz": ("",),
    "/readyz": ("",),
    "/": ("",),
    "/anmelden": ("",),
    "/eingang": ("?zeit=alle", "?zeit=alle&stand=held", "?zeit=alle&papier=aufbewahren"),
    "/eingang/liste": ("?zeit=alle",),
    "/klaeren": ("",),
    "/suche": ("?q=Antrag", f"?q={SECRET}", "?q=az:{mark}"),
    "/akten": ("", "?plan=51.1", "?plan=63.1"),
    "/zuordnen": ("",),
    "/sichtpruefung": ("", "?stand=failed"),
    "/wiedervorlagen": ("?zeit=alle", "?zeit=alle&wessen=alle"),
    "/notzugriff": ("",),
    "/pseudonyme": ("",),
    "/aktenplan": ("",),
    "/verwaltung/bereiche": ("",),
    "/revision": ("", "?kennung={document}"),
    "/revision/protokoll.csv": ("?kennung={document}",),
    "/verwaltung": ("",),
    "/rechte": ("",),
    "/konto": ("",),
}
#: what takes a file away writes that into the object's own history
TAKING = ("/original", "/fassung", "/rendition", "/{sha256}")
# Readings of one object: how its page is asked beside plainly.
VIEWS: dict[str, tuple[str, ...]] = {
    "/dokumente/{document_id}": (
        "?ansicht=text",
        "?ansicht=nachweise",
        "?ansicht=verlauf",
        "?ansicht=pruefung&von=liste",
    ),
    "/akten/{file_id}": ("?ansicht=wiedervorlagen", "?ansicht=verlauf"),
    "/api/v1/documents/{document_id}/pages/{number}": ("?width=160",),
}
# What is asked elsewhere, or has nothing of anybody's.
ELSEWHERE: dict[tuple[str, str], str] = {
    ("GET", "/api/v1/events"): "has no end; test_news_tell_nothing_of_others",
    ("GET", "/eingang/live"): "has no end; test_news_tell_nothing_of_others",
    ("GET", "/metrics"): "counts its own requests; test_metrics_want_a_token_...",
    ("GET", "/anmelden/link/{token}"): "the same page for every link",
    ("POST", "/anmelden/link/{token}"): "spends a link; test_auth.py",
    ("POST", "/anmelden"): "opens a session; test_auth.py",
    ("POST", "/abmelden"): "ends the session; test_auth.py",
    ("POST", "/konto/kennwort"): "one's own password; test_auth.py",
    ("POST", "/konto/token"): "one's own token; test_auth.py",
    **dict.fromkeys(
        (
            ("POST", "/api/v1/searches"),
            ("GET", "/api/v1/searches/{search_id}"),
            ("GET", "/api/v1/searches/{search_id}/hits"),
            ("POST", "/api/v1/searches/{search_id}/looked"),
            ("DELETE", "/api/v1/searches/{search_id}"),
            ("POST", "/suche/merken"),
            ("POST", "/suche/vergessen/{search_id}"),
            ("POST", "/suche/gemerkt/{search_id}"),
        ),
        "one's own searches; test_saved_searches.py",
    ),
}


# ------------------------------------------------------------------ routes
@dataclass(frozen=True, slots=True)
class Endpoint:
    method: str
    path: str

    @property
    def key(self) -> tuple[str, str]:
        return self.method, self.path

    @property
    def params(self) -> tuple[str, ...]:
        return tuple(re.findall(r"\{(\w+)\}", self.path))

    @property
    def names_objects(self) -> bool:
        return any(name in KINDS for name in self.params)


def endpoints(app: FastAPI) -> list[Endpoint]:
    """Every route with every method, as the running application has them."""
    found = set()
    for prefix, route in _walk("", app.routes):
        for method in getattr(route, "methods", None) or ():
            if method != "HEAD":
                found.add(Endpoint(method, prefix + route.path))
    return sorted(found, key=lambda each: (each.path, each.method))


def _walk(prefix: str, routes: Any) -> Iterator[tuple[str, Any]]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _walk(prefix + route.include_context.prefix, inner.routes)
        elif hasattr(route, "methods"):
            yield prefix, route


# ------------------------------------------------------------------ asking
@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content: bytes
    headers: tuple[tuple[str, str], ...]


def ask(
    client: TestClient,
    endpoint: Endpoint,
    place: str,
    world: World,
    token: str,
    *,
    body: Body | None = None,
) -> Answer:
    """One request; ``place`` is the path as ``filled``, its query still with ``{...}``."""
    sent_ = None if endpoint.method == "GET" else body or CHANGES[endpoint.key]
    typed = (sent_.form or {}).values() if sent_ is not None else ()
    named = re.findall(r"\{(\w+)\}", " ".join([place, *typed]))
    got = client.request(
        endpoint.method, world.fill(place), **_content(endpoint, world, token, body)
    )
    headers = dict(got.headers)
    for own in ("x-correlation-id", "content-length"):
        headers.pop(own, None)
    content = got.content
    # What a query or a form itself said comes back on the page that answers it.
    for said in (world.ids[kind] for kind in named):
        for form_ in (said, quote(said), quote(said, safe="")):
            content = content.replace(form_.encode(), b"?")
    return Answer(got.status_code, content, tuple(sorted(headers.items())))


def token_of(client: TestClient) -> str:
    return csrf_of(client.get("/konto").text)


def filled(endpoint: Endpoint, world: World) -> Iterator[str]:
    """The path for every object of the world that it can name; none where the world has none."""
    texts = [endpoint.path]
    for name in endpoint.params:
        kinds = KINDS.get(name, ())
        values = [world.ids[kind] for kind in kinds if kind in world.ids]
        if name in PLAIN:
            values = [PLAIN[name]]
        if name == "document_id" and "walking" in world.ids:
            values.append(world.ids["walking"])
        texts = [text.replace(f"{{{name}}}", value) for text in texts for value in values]
    yield from texts


def _content(endpoint: Endpoint, world: World, token: str, body: Body | None) -> dict[str, Any]:
    if endpoint.method == "GET":
        return {}
    body = body or CHANGES[endpoint.key]
    made: dict[str, Any] = {"headers": {"X-CSRF-Token": token}}
    if body.form is not None:
        fields = {name: world.fill(value) for name, value in body.form.items()}
        made["data"] = fields if endpoint.path.startswith("/api/") else {"csrf": token, **fields}
        if body.file:
            made["files"] = {"file": ("t.csv", TABLE.encode(), "text/csv")}
    elif body.text is not None:
        made["content"] = body.text
        made["headers"]["Content-Type"] = "text/csv"
    elif body.json is not None:
        made["json"] = {
            name: world.fill(value) if isinstance(value, str) else value
            for name, value in body.json.items()
        }
    return made
