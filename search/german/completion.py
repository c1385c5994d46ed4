"""Words offered while a person types. Only counts of documents in the reader's scope come here."""

from __future__ import annotations

from collections.abc import Iterable

from search.german.tokens import fold, normalise, tokens

MIN_PREFIX = 2  #: letters
MIN_OFFERED = 4
SEPARATOR = "|"
CAPITAL = "^"  #: stands for the folded word with a capital
MAX_SPELLINGS = 10_000  #: looked at for one prefix, the most frequent first


def folded_prefix(prefix: str) -> str | None:
    """What the vocabulary is asked for, or None when too little was typed."""
    words = [token.word for token in tokens(normalise(prefix.strip()))]
    start = fold(words[-1]) if words else ""
    return start if len(start) >= MIN_PREFIX else None


def offered(word: str, folded: str) -> str:
    """A word of a text as the vocabulary holds it: how it is asked for and how it is shown.

    Short, since every document holds all of its words: most are shown as they are folded.
    Empty for what nobody wants to be offered.
    """
    if len(word) < MIN_OFFERED or not word.isalpha():
        return ""
    if word == folded:
        return f"{folded}{SEPARATOR}"
    return f"{folded}{SEPARATOR}{CAPITAL if word == folded.capitalize() else word}"


def _spoken(term: str) -> tuple[str, str]:
    folded, _, shown = term.partition(SEPARATOR)
    return folded, {"": folded, CAPITAL: folded.capitalize()}.get(shown, shown)


def fitting(found: Iterable[tuple[str, int]], limit: int) -> tuple[str, ...]:
    """From vocabulary terms and counts: each word once, in its most frequent spelling."""
    best: dict[str, tuple[int, str]] = {}
    for term, count in found:
        folded, spoken = _spoken(term)
        if count > 0 and (-count, spoken) < best.get(folded, (0, "")):
            best[folded] = (-count, spoken)
    ranked = sorted(best.items(), key=lambda item: (item[1][0], item[0]))
    return tuple(spoken for _, (_, spoken) in ranked[:limit])
