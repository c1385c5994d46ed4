"""How well a search finds: recall and false hits over pairs that were written down by hand.

A file of pairs has lines ``text : questions that must find it | questions that must not``; ``#``
begins a remark. Questions are single words, or whatever stands between semicolons. A list of queries
(``.tsv``) has three columns: question, ``+`` or ``-``, text. They are asked of a real index through the
query language, as a person asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from search.index import Entry, Index, PageEntry, Scope, Upsert
from search.query.parser import parse

_SCOPE = "dept:gold"
_ALL = 10_000


@dataclass(frozen=True, slots=True)
class Pair:
    """``must``: the question has to find the text; else it must not."""

    text: str
    question: str
    must: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What one engine made of the pairs of one file."""

    name: str
    must: int
    must_not: int
    missed: tuple[Pair, ...]
    wrong: tuple[Pair, ...]

    @property
    def recall(self) -> float:
        return 1 - len(self.missed) / max(1, self.must)

    @property
    def false_rate(self) -> float:
        return len(self.wrong) / max(1, self.must_not)


def read_pairs(path: Path) -> Iterator[Pair]:
    """The pairs of a file, in its order."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or " : " not in line:
            continue
        text, _, rest = line.partition(" : ")
        must, _, must_not = rest.partition(" | ")
        for given, expected in ((must, True), (must_not, False)):
            questions = given.split(";") if ";" in given else given.split()
            yield from (Pair(text.strip(), q.strip(), expected) for q in questions if q.strip())


def read_queries(path: Path) -> Iterator[Pair]:
    """The pairs of a list of queries, in its order. Raises ValueError for a line of another form."""
    for line in path.read_text(encoding="utf-8").splitlines():
        question, sign, text = line.split("\t")
        if sign not in ("+", "-"):
            raise ValueError(f"{path.name}: neither + nor - in: {line}")
        yield Pair(text, question, sign == "+")


def judge(index: Index, name: str, pairs: Sequence[Pair]) -> Quality:
    """Ask every question of an empty ``index`` that is filled with the texts."""
    texts = list(dict.fromkeys(pair.text for pair in pairs))
    index.apply([Upsert(_entry(number, text)) for number, text in enumerate(texts)])
    scope = Scope(frozenset((_SCOPE,)))
    found = {
        question: {
            texts[int(hit.document_id)]
            for hit in index.search(parse(question), scope=scope, limit=_ALL).hits
        }
        for question in dict.fromkeys(pair.question for pair in pairs)
    }
    return Quality(
        name=name,
        must=sum(pair.must for pair in pairs),
        must_not=sum(not pair.must for pair in pairs),
        missed=tuple(p for p in pairs if p.must and p.text not in found[p.question]),
        wrong=tuple(p for p in pairs if not p.must and p.text in found[p.question]),
    )


def _entry(number: int, text: str) -> Entry:
    return Entry(
        document_id=str(number),
        revision=1,
        scope=_SCOPE,
        department="gold",
        stream="mailroom",
        received_on=date(2026, 1, 1),
        pages=(PageEntry(number=1, text=text),),
    )
