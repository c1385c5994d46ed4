"""A plan in tantivy's terms. Every leaf scores its constant, never by statistics."""

from __future__ import annotations

from collections.abc import Iterable

from tantivy import FieldType, Occur, Query, Schema

from search import fields, query_plan
from search.index import Scope

_LOWEST, _HIGHEST = -(2**62), 2**62


def within(scope: Scope, field: str, match: Query, schema: Schema) -> Query:
    """``match`` among the entries that the scope may see.

    ``field`` holds the scope of documents or that of pages, and so tells these apart.
    """
    return only(match, any_term(schema, field, sorted(scope.scopes)))


def term(schema: Schema, field: str, value: str) -> Query:
    """A keyword that equals."""
    return Query.term_query(schema, field, value, index_option="basic")


def any_term(schema: Schema, field: str, values: Iterable[str]) -> Query:
    """A keyword that equals one of some: cheaper than tantivy's term set while they are few."""
    return Query.boolean_query([(Occur.Should, term(schema, field, value)) for value in values])


def only(match: Query, *conditions: Query) -> Query:
    """``match`` narrowed by conditions that do not score."""
    return Query.boolean_query(
        [(Occur.Must, match), *((Occur.Must, _silent(each)) for each in conditions)]
    )


def any_number(schema: Schema, field: str, values: Iterable[int]) -> Query:
    """A number that equals one of some."""
    terms = [(Occur.Should, Query.term_query(schema, field, value)) for value in values]
    return Query.boolean_query(terms)


def translate(match: query_plan.Match, schema: Schema) -> Query:
    if isinstance(match, query_plan.AllOf):
        return _all_of(match, schema)
    if isinstance(match, query_plan.AnyOf):
        return Query.boolean_query(
            [(Occur.Should, translate(part, schema)) for part in match.parts],
            minimum_number_should_match=1,
        )
    if isinstance(match, query_plan.NoneOf):
        return Query.boolean_query(
            [
                (Occur.Must, _silent(Query.all_query())),
                (Occur.MustNot, translate(match.part, schema)),
            ]
        )
    if isinstance(match, query_plan.Always):
        return _silent(Query.all_query())
    if isinstance(match, query_plan.Never):
        return Query.empty_query()
    if isinstance(match, query_plan.Between):
        return _silent(between(schema, match.field, match.first, match.last))
    return Query.const_score_query(_leaf(match, schema), float(match.score))


def between(schema: Schema, field: str, first: int | None, last: int | None) -> Query:
    """A number from ``first`` to ``last``, both included."""
    return Query.range_query(
        schema,
        field,
        FieldType.Integer,
        _LOWEST if first is None else first,
        _HIGHEST if last is None else last,
    )


def _all_of(match: query_plan.AllOf, schema: Schema) -> Query:
    inner = Query.boolean_query([(Occur.Must, translate(part, schema)) for part in match.parts])
    return inner if match.score is None else Query.const_score_query(inner, float(match.score))


def _leaf(
    match: query_plan.Term | query_plan.StartsWith | query_plan.Near | query_plan.Sequence,
    schema: Schema,
) -> Query:
    if isinstance(match, query_plan.StartsWith):
        return Query.fuzzy_term_query(schema, match.field, match.token, 0, True, True)
    if isinstance(match, query_plan.Near):
        return Query.fuzzy_term_query(schema, match.field, match.token, match.distance, True, False)
    if isinstance(match, query_plan.Sequence):
        return Query.phrase_query(schema, match.field, list(match.tokens))
    option = "position" if match.field in fields.WITH_POSITIONS else "basic"
    return Query.term_query(schema, match.field, match.token, index_option=option)


def _silent(query: Query) -> Query:
    return Query.const_score_query(query, 0.0)
