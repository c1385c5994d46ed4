"""Hits of tantivy in their exact order, and the pages that belong to them.

tantivy breaks ties by where a document lies in its segments, which others' documents change. So
hits are taken until the score drops, and sorted here by score and sort key. Where very many share
a score, only the latest of them are looked at: ties fall to the later date anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tantivy import DocAddress, Order, Query, Searcher, SearchResult

from search.engines import hit_cursors
from search.engines.tantivy import engine_query
from search.engines.tantivy.engine_schema import SCHEMA
from search.index import Sort

MAX_PAGES = 1_000  #: pages named for one hit
PAGES_AT_ONCE = 5_000
REACH = 2_000  #: hits taken by score at first
WINDOW = 4_000  #: latest hits looked at for those that share the last score


class Place(NamedTuple):
    """One document among the hits; ``score`` is 0 where the date alone decides."""

    score: int
    order: int
    address: DocAddress


class Found(NamedTuple):
    """One matching page; the smallest is the best."""

    falling_score: int
    number: int


def count(searcher: Searcher, query: Query) -> int:
    return _count_of(searcher.search(query, limit=1))


def _count_of(found: SearchResult) -> int:
    return int(found.count)  # type: ignore[attr-defined]  # missing in tantivy's stubs


class Ranking:
    """The hits of one question in one view of the index.

    ``same`` is the score that they all have, if they do (``query_plan.same_score``).
    """

    def __init__(self, searcher: Searcher, wanted: Query, sort: Sort, same: int | None) -> None:
        self.searcher = searcher
        self.wanted = wanted
        self.sort = sort
        self.same = same
        self._total: int | None = None

    def total(self) -> int:
        """All that match; costs nothing when ``after`` has just looked at them all."""
        if self._total is None:
            self._total = count(self.searcher, self.wanted)
        return self._total

    def after(self, position: hit_cursors.Position | None, limit: int) -> list[Place]:
        """The next ``limit`` hits behind a position, or the first ones."""
        if self.sort is not Sort.RELEVANCE:
            return self._by_date(position, limit, 0)
        if self.same is not None:
            return self._by_date(position, limit, self.same)
        return self._by_score(position, limit)

    def _by_date(
        self, position: hit_cursors.Position | None, limit: int, score: int
    ) -> list[Place]:
        newest = self.sort is not Sort.OLDEST
        wanted = self.wanted
        if position is not None:
            first, last = (None, position.order - 1) if newest else (position.order + 1, None)
            wanted = engine_query.only(wanted, engine_query.between(SCHEMA, "order", first, last))
        found = self.searcher.search(
            wanted,
            limit=limit,
            count=position is None,
            order_by_field="order",
            order=Order.Desc if newest else Order.Asc,
        )
        if position is None:
            self._total = _count_of(found)
        return [Place(score, int(order), address) for order, address in found.hits]

    def _by_score(self, position: hit_cursors.Position | None, limit: int) -> list[Place]:
        reach = max(REACH, 2 * (limit + (position.seen if position else 0)))
        looked = self.searcher.search(self.wanted, limit=reach)
        self._total = _count_of(looked)
        found = looked.hits
        wanted = found if position else _down_to(found, limit)
        if len(found) < reach or len(wanted) < len(found):
            return _behind(position, self._sorted(wanted))[:limit]
        last = found[-1][0]  # what shares this score may go on beyond the reach
        above = self._sorted([row for row in found if row[0] > last])
        ranked = _behind(position, above)
        window = WINDOW
        while len(ranked) < limit:
            recent, complete = self._latest(window)
            ties = self._sorted([row for row in self._rows(recent, window) if row[0] == last])
            ranked = _behind(position, above + ties)
            if complete:
                break
            window *= 8
        if len(ranked) < limit:  # documents that came since the position was taken fill the reach
            everything = self._rows(self.wanted, max(1, self.searcher.num_docs))
            ranked = _behind(position, self._sorted(everything))
        return ranked[:limit]

    def _latest(self, window: int) -> tuple[Query, bool]:
        """The question narrowed to its latest hits; whether these are all."""
        found = self.searcher.search(
            self.wanted, limit=window, count=False, order_by_field="order", order=Order.Desc
        ).hits
        if len(found) < window:
            return self.wanted, True
        since = engine_query.between(SCHEMA, "order", int(found[-1][0]), None)
        return engine_query.only(self.wanted, since), False

    def _rows(self, query: Query, limit: int) -> Sequence[tuple[float, DocAddress]]:
        return self.searcher.search(query, limit=limit, count=False).hits

    def _sorted(self, rows: Sequence[tuple[float, DocAddress]]) -> list[Place]:
        orders = self.searcher.fast_field_values("order", [address for _, address in rows])
        places = [
            Place(int(score), int(order or 0), address)
            for (score, address), order in zip(rows, orders, strict=True)
        ]
        return sorted(places, key=lambda place: (-place.score, -place.order))


def _down_to(
    found: Sequence[tuple[float, DocAddress]], limit: int
) -> Sequence[tuple[float, DocAddress]]:
    """Of hits by falling score the first so many, and whatever shares the score of the last."""
    if len(found) <= limit:
        return found
    least = found[limit - 1][0]
    return [row for row in found if row[0] >= least]


def _behind(position: hit_cursors.Position | None, places: list[Place]) -> list[Place]:
    if position is None:
        return places
    last = (-position.score, -position.order)
    return [place for place in places if (-place.score, -place.order) > last]


def matching_pages(
    searcher: Searcher, visible: Query, orders: Sequence[int]
) -> dict[int, list[Found]]:
    """The pages that match, by the sort key of their document; at most MAX_PAGES of each."""
    of_these = engine_query.any_number(SCHEMA, "order", orders)
    found = _pages(searcher, engine_query.only(visible, of_these), PAGES_AT_ONCE)
    if sum(map(len, found.values())) < PAGES_AT_ONCE:
        return found
    pages: dict[int, list[Found]] = {}
    for order in orders:  # thick files: one by one, so that none takes another's place
        one = engine_query.any_number(SCHEMA, "order", [order])
        pages |= _pages(searcher, engine_query.only(visible, one), MAX_PAGES)
    return pages


def _pages(searcher: Searcher, query: Query, limit: int) -> dict[int, list[Found]]:
    rows = searcher.search(query, limit=limit, count=False).hits
    addresses = [address for _, address in rows]
    numbers = searcher.fast_field_values("page", addresses)
    owners = searcher.fast_field_values("order", addresses)
    pages: dict[int, list[Found]] = {}
    for (score, _), number, owner in zip(rows, numbers, owners, strict=True):
        pages.setdefault(int(owner or 0), []).append(Found(-int(score), int(number or 0)))
    return pages
