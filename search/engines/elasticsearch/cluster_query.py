"""A plan in Elasticsearch's query language. Every leaf scores its constant, never by statistics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from search import query_plan
from search.index import Scope

Body = dict[str, Any]
MAX_PAGES = 1_000  #: pages named for one hit; also a setting of the index


def visible(match: query_plan.Match, scope: Scope) -> Body:
    """Documents that match, among those that the scope may see."""
    return {"bool": {"must": [translate(match)], "filter": [kind("document"), scopes(scope)]}}


def kind(name: str) -> Body:
    return {"term": {"kind": name}}


def scopes(scope: Scope) -> Body:
    return {"terms": {"scope": sorted(scope.scopes)}}


def pages(match: query_plan.Match) -> Body:
    """A clause that scores nothing and makes every hit list its matching pages, the best first."""
    return {
        "nested": {
            "path": "pages",
            "query": translate(match, prefix="pages."),
            "score_mode": "none",
            "inner_hits": {
                "name": "pages",
                "size": MAX_PAGES,
                "_source": False,
                "sort": [{"_score": "desc"}, {"pages.page": "asc"}],
            },
        }
    }


def translate(match: query_plan.Match, *, prefix: str = "") -> Body:
    if isinstance(match, query_plan.AllOf):
        inner = {"bool": {"must": [translate(part, prefix=prefix) for part in match.parts]}}
        return inner if match.score is None else _constant(inner, match.score)
    if isinstance(match, query_plan.AnyOf):
        parts = [translate(part, prefix=prefix) for part in match.parts]
        return {"bool": {"should": parts, "minimum_should_match": 1}}
    if isinstance(match, query_plan.NoneOf):
        inner = translate(match.part, prefix=prefix)
        return {"bool": {"filter": [{"match_all": {}}], "must_not": [inner]}}
    if isinstance(match, query_plan.Always):
        return _constant({"match_all": {}}, 0)
    if isinstance(match, query_plan.Never):
        return {"match_none": {}}
    if isinstance(match, query_plan.Between):
        return _constant({"range": {prefix + match.field: _ends(match)}}, 0)
    return _constant(_leaf(match, prefix + match.field), match.score)


def _constant(query: Mapping[str, Any], score: int) -> Body:
    if score == 0:
        return {"bool": {"filter": [query]}}
    return {"constant_score": {"filter": query, "boost": score}}


def _leaf(
    match: query_plan.Term | query_plan.StartsWith | query_plan.Near | query_plan.Sequence,
    field: str,
) -> Body:
    if isinstance(match, query_plan.StartsWith):
        return {"prefix": {field: {"value": match.token, "rewrite": "constant_score"}}}
    if isinstance(match, query_plan.Near):
        # The rewrite also lifts the limit of 50 expansions, which others' words would use up.
        return {
            "fuzzy": {
                field: {
                    "value": match.token,
                    "fuzziness": match.distance,
                    "prefix_length": 0,
                    "transpositions": True,
                    "rewrite": "constant_score",
                }
            }
        }
    if isinstance(match, query_plan.Sequence):
        return {"match_phrase": {field: {"query": " ".join(match.tokens)}}}
    return {"term": {field: {"value": match.token}}}


def _ends(match: query_plan.Between) -> Body:
    ends: Body = {}
    if match.first is not None:
        ends["gte"] = match.first
    if match.last is not None:
        ends["lte"] = match.last
    return ends
