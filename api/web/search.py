"""Suche: hits with the words around them, narrowed by facets."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.auth import Served
from api.web.forms import Visitor
from api.web.show import show
from archive import files, people
from ingest.searching import Found
from search.index import Sort
from search.query import describe

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
) -> Response:
    sort = Sort(sortierung) if sortierung in set(Sort) else Sort.RELEVANCE
    found = None
    if q.strip():
        found = service.searching.find(caller.reader, q, limit=20, cursor=weiter or None, sort=sort)
    with service.database.read() as session:
        names = {
            "department": {unit.id: unit.name for unit in people.units(session)},
            "stream": {
                name: stream.title or name for name, stream in service.settings.streams.items()
            },
            "plan_unit": {unit.code: f"{unit.code} {unit.title}" for unit in files.plan(session)},
        }
    return show(
        request,
        service,
        caller,
        "search.html",
        q=q,
        found=found,
        sort=sort.value,
        sorts=SORTS,
        understood="" if found is None else describe(found.query),
        facets=[] if found is None else _facets(found, q, sort, names),
        following=_address(q, sort, weiter=found.next_cursor) if found else "",
    )


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
