"""Search over the documents that the caller may read, and searches that are kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.http.auth import Asking, Changing, Served
from api.http.responses import Cursor, Id, problems
from api.schemas.files import SearchOut
from api.schemas.saved_searches import (
    NotedList,
    NotedOut,
    SavedSearchIn,
    SavedSearchList,
    SavedSearchOut,
)
from archive.desk import saved_searches
from ingest.acts.efile.searches import ForgetSearch, MarkHitsSeen, SaveSearch
from search.index import Sort

router = APIRouter(tags=["search"])


@router.get("/search", responses=problems())
def search(
    caller: Asking,
    service: Served,
    q: Annotated[
        str, Query(max_length=2000, description="As on the page: docs/reference/search.md")
    ],
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Cursor = None,
    sort: Sort = Sort.RELEVANCE,
) -> SearchOut:
    """One hit a document with its best page."""
    return SearchOut.of(
        service.searching.find(caller.reader, q, limit=limit, cursor=cursor, sort=sort)
    )


@router.get("/search/words", responses=problems())
def suggest(
    caller: Asking,
    service: Served,
    prefix: Annotated[str, Query(max_length=100)],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> list[str]:
    """Words that go on from what was typed."""
    return list(service.searching.suggest(caller.reader, prefix, limit=limit))


@router.get("/searches", responses=problems())
def list_searches(caller: Asking, service: Served) -> SavedSearchList:
    """Your saved searches with the number of new hits."""
    with service.database.read() as session:
        found = saved_searches.of_reader(session, caller.reader)
    return SavedSearchList(items=[SavedSearchOut.of(each) for each in found])


@router.post("/searches", status_code=201, responses=problems(409))
def save_search(
    body: SavedSearchIn, response: Response, caller: Changing, service: Served
) -> SavedSearchOut:
    """Keep a question; from now on new documents that match it are noted."""
    kept = SaveSearch(question=body.question).perform(service, caller.acting)
    response.headers["Location"] = f"/api/v1/searches/{kept.id}"
    return SavedSearchOut.of(kept)


@router.get("/searches/{search_id}", responses=problems(404))
def get_search(search_id: Id, caller: Asking, service: Served) -> SavedSearchOut:
    """One saved search."""
    with service.database.read() as session:
        return SavedSearchOut.of(saved_searches.one(session, caller.reader, search_id))


@router.get("/searches/{search_id}/hits", responses=problems(404))
def list_noted(search_id: Id, caller: Asking, service: Served) -> NotedList:
    """What came to match since it was saved, latest first."""
    with service.database.read() as session:
        found = saved_searches.hits(session, caller.reader, search_id)
    return NotedList(items=[NotedOut.of(each) for each in found])


@router.post("/searches/{search_id}/looked", status_code=204, responses=problems(404))
def look(search_id: Id, caller: Changing, service: Served) -> None:
    """You have seen the hits; only later ones are new."""
    MarkHitsSeen(search_id=search_id).perform(service, caller.acting)


@router.delete("/searches/{search_id}", status_code=204, responses=problems(404))
def forget_search(search_id: Id, caller: Changing, service: Served) -> None:
    """Keep it no longer."""
    ForgetSearch(search_id=search_id).perform(service, caller.acting)
