"""Suche: hits with the words around them, narrowed by facets."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.http.auth import Caller, Served
from api.service import Service
from api.web.rendering.forms import Form, Visitor, back_to
from api.web.rendering.page_frame import show, stream_names
from archive import access
from archive.audit import auditable_objects
from archive.desk import saved_searches
from archive.desk.saved_searches import Noted
from archive.efile import files
from archive.model import Document, Role
from archive.people import accounts
from archive.views import listing
from config.errors import UsageError
from ingest.acts.efile.searches import ForgetSearch, MarkHitsSeen, SaveSearch
from ingest.index.searching import Found
from search.index import Sort
from search.query.parser import describe

router = APIRouter(include_in_schema=False)
# What a facet's value is called in the query language (docs/reference/search.md).
NARROWED = {
    "department": "abteilung",
    "stream": "eingangsweg",
    "document_class": "art",
    "plan_unit": "aktenplan",
    "file_mark": "aktenzeichen",
    "year": "jahr",
}
SORTS = (("relevance", "Beste zuerst"), ("newest", "Neueste zuerst"), ("oldest", "Älteste zuerst"))
SHOWN = 8  #: values of a facet


@router.get("/suche")
def search_page(
    request: Request,
    service: Served,
    caller: Visitor,
    q: str = "",
    weiter: str | None = None,
    sortierung: str = "relevance",
    gemerkt: str = "",
) -> Response:
    sort = Sort(sortierung) if sortierung in set(Sort) else Sort.RELEVANCE
    found, wrong = None, ""
    if q.strip() and access.reads_somewhere(caller.reader):
        try:
            found = service.searching.find(
                caller.reader, q, limit=20, cursor=weiter or None, sort=sort
            )
        except UsageError as error:
            wrong = str(error)
    fresh = _seen(service, caller, gemerkt) if gemerkt else ()
    with service.database.read() as session:
        kept = saved_searches.of_reader(session, caller.reader)
        names = {
            "department": {unit.id: unit.name for unit in accounts.units(session)},
            "stream": stream_names(service),
            "plan_unit": {unit.code: f"{unit.code} {unit.title}" for unit in files.plan(session)},
        }
    return show(
        request,
        service,
        caller,
        "search.html",
        q=q,
        found=found,
        wrong=wrong,
        searches=access.reads_somewhere(caller.reader),
        evidence=_evidence(service, caller, q.strip()),
        latest=f"{auditable_objects.LATEST:,}".replace(",", "."),
        sort=sort.value,
        sorts=SORTS,
        understood="" if found is None else describe(found.query),
        facets=[] if found is None else _facets(found, q, sort, names),
        following=_address(q, sort, weiter=found.next_cursor) if found else "",
        kept=kept,
        is_kept=any(each.question == q.strip() for each in kept),
        fresh=fresh,
        looking=gemerkt,
    )


@router.post("/suche/merken")
def keep(service: Served, form: Form) -> Response:
    kept = SaveSearch(question=form.text("q")).perform(service, form.caller.acting)
    return back_to(
        f"/suche?{urlencode({'q': kept.question})}",
        "Die Suche ist gemerkt. Neue Treffer stehen auf der Seite „Suche“.",
    )


@router.post("/suche/vergessen/{search_id}")
def forget(service: Served, search_id: str, form: Form) -> Response:
    ForgetSearch(search_id=search_id).perform(service, form.caller.acting)
    return back_to("/suche", "Die Suche ist vergessen.")


@router.post("/suche/gemerkt/{search_id}")
def look(service: Served, search_id: str, form: Form) -> Response:
    """All hits so far are seen."""
    MarkHitsSeen(search_id=search_id).perform(service, form.caller.acting)
    return back_to("/suche", "Die neuen Treffer sind als gesehen vermerkt.")


def _evidence(service: Service, caller: Caller, text: str) -> tuple[Document, ...] | None:
    """For auditors: the documents that an identifier, file name, file mark or checksum names, with
    what the reader may see of them; None for all others."""
    if not access.scopes_of(caller.reader, Role.AUDITOR):
        return None
    with service.database.read() as session:
        found = auditable_objects.found_by(session, caller.reader, text) if text else ()
        return tuple(listing.document_for(session, caller.reader, each) for each in found)


def _seen(service: Service, caller: Caller, search_id: str) -> tuple[Noted, ...]:
    """New hits of one saved search, latest first. Looking does not change anything: a form does."""
    with service.database.read() as session:
        noted = saved_searches.hits(session, caller.reader, search_id)
    return tuple(each for each in noted if each.new)


def _facets(
    found: Found, q: str, sort: Sort, names: dict[str, dict[str, str]]
) -> list[tuple[str, list[tuple[str, int, str]]]]:
    """Field, then (shown value, count, address of the narrowed question)."""
    shown = []
    for name, word in NARROWED.items():
        buckets = found.facets.get(name, ())
        if len(buckets) < 2 and name != "file_mark":
            continue
        values = [
            (
                names.get(name, {}).get(bucket.value, bucket.value),
                bucket.count,
                _address(f"{q} {word}:{_quoted(bucket.value)}", sort),
            )
            for bucket in buckets[:SHOWN]
        ]
        if values:
            shown.append((name, values))
    return shown


def _quoted(value: str) -> str:
    return f'"{value}"' if any(sign.isspace() or sign in '()"' for sign in value) else value


def _address(q: str, sort: Sort, **more: str | None) -> str:
    query = {"q": q, "sortierung": sort.value, **{k: v for k, v in more.items() if v}}
    return f"/suche?{urlencode(query)}"
