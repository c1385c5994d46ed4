"""Search over the documents that the caller may read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.auth import Asking, Served
from api.routes.common import Cursor, problems
from api.schemas_files import SearchOut
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
