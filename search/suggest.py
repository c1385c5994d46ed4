"""Words offered while a person types. Only counts of documents in the reader's scope come here."""

from __future__ import annotations

from collections.abc import Iterable

from search.fields import VOCAB_SEPARATOR
from search.tokens import fold, normalise, tokens

MIN_PREFIX = 2  #: letters
MAX_SPELLINGS = 10_000  #: looked at for one prefix, the most frequent first


def folded_prefix(prefix: str) -> str | None:
    """What the vocabulary is asked for, or None when too little was typed."""
    words = [token.word for token in tokens(normalise(prefix.strip()))]
    start = fold(words[-1]) if words else ""
    return start if len(start) >= MIN_PREFIX else None


def fitting(found: Iterable[tuple[str, int]], limit: int) -> tuple[str, ...]:
    """From vocabulary terms and counts: each word once, in its most frequent spelling."""
    best: dict[str, tuple[int, str]] = {}
    for term, count in found:
        folded, _, spoken = term.partition(VOCAB_SEPARATOR)
        if count > 0 and (-count, spoken) < best.get(folded, (0, "")):
            best[folded] = (-count, spoken)
    ranked = sorted(best.items(), key=lambda item: (item[1][0], item[0]))
    return tuple(spoken for _, (_, spoken) in ranked[:limit])
