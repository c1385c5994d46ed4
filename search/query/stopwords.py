"""Function words that are not asked for when other words are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from search.german.tokens import fold
from search.query.query_tree import Not, Word

N = TypeVar("N")

_WORDS = """
der die das den dem des ein eine einer eines einem einen und oder aber auch als am an auf aus
bei beim bis da dass durch für gegen hat ich ihr im in ins ist mit nach nicht noch nur ob ohne
sich sie sind so über um und unter vom von vor wegen wie wir zu zum zur zwischen
"""
STOPWORDS = frozenset(fold(word) for word in _WORDS.split())


def asked_for(conditions: Iterable[N]) -> tuple[N, ...]:
    """Conditions without function words, unless nothing else is asked for."""
    given = tuple(conditions)
    kept = tuple(each for each in given if not _is_function_word(each))
    return kept if any(not isinstance(each, Not) for each in kept) else given


def _is_function_word(node: object) -> bool:
    return isinstance(node, Word) and fold(node.text) in STOPWORDS
