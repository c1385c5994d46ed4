"""What search costs: indexing, size, and a fixed mix of questions, over synthetic files.

CPU seconds are those of this process, all threads: the embedded engine's work is in them, a
cluster's is not. Questions are asked as the product asks them: with the reader's rights, page numbers
of every hit, all facets, and a snippet of each hit's best page.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain, islice

from config.memory import peak_memory
from search.bench.corpus import DEPARTMENTS, Corpus
from search.german.analysis import Analyser
from search.german.tokens import words
from search.index import Entry, Index, Scope, Sort, Upsert
from search.query.parser import parse
from search.snippets import snippet

BATCH = 2_000  #: documents a commit while the index is built
SHOWN = 20  #: hits a page, as in the web
PER_KIND = 20  #: questions of each kind
READER = Scope(frozenset(f"dept:{name}" for name in DEPARTMENTS[1:9:2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """``kind`` names a row of the table."""

    kind: str
    text: str
    sort: Sort = Sort.RELEVANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Milliseconds of one kind of question, everything included; shares are of the mean."""

    kind: str
    count: int
    p50: float
    p95: float
    search: float
    facets: float
    snippets: float
    hits: float  #: mean of all that match


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One size on one engine."""

    engine: str
    documents: int
    pages: int
    index_cpu_seconds: float
    index_wall_seconds: float
    pages_per_cpu_second: float
    yardstick: float  #: CPU seconds of a fixed piece of plain work, for comparing machines
    peak_memory: int  #: bytes of this process, at most, up to then
    p50: float  #: of the whole mix
    p95: float
    cpu_p95: float  #: the same in CPU time of this process, which a busy machine moves less
    times: tuple[Times, ...]


def measure(
    index: Index,
    analyser: Analyser,
    corpus: Corpus,
    *,
    engine: str,
    pages: int,
    say: Callable[[str], None] = lambda text: None,
) -> Measured:
    """Fill an empty index and ask it; ``index`` holds the documents afterwards."""
    yard = yardstick()
    documents, count, cpu, wall = _fill(index, corpus, pages, say)
    rows = [
        _ask(index, analyser, corpus, question) for question in _twice(questions(corpus, documents))
    ]
    totals = [sum(row.spent) for row in rows]
    kinds = dict.fromkeys(row.question.kind for row in rows)
    return Measured(
        engine=engine,
        documents=documents,
        pages=count,
        index_cpu_seconds=cpu,
        index_wall_seconds=wall,
        pages_per_cpu_second=count / cpu,
        yardstick=yard,
        peak_memory=peak_memory(),
        p50=percentile(totals, 50),
        p95=percentile(totals, 95),
        cpu_p95=percentile([row.cpu for row in rows], 95),
        times=tuple(
            _times(kind, [row for row in rows if row.question.kind == kind]) for kind in kinds
        ),
    )


def yardstick() -> float:
    """A loop of plain Python: about 0.1 s on an idle machine of 2024, more where others work."""
    begun = time.process_time()
    counts: dict[int, int] = {}
    for number in range(1_000_000):
        counts[number & 4095] = number
    return time.process_time() - begun


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, -(-len(ordered) * percent // 100) - 1)]


# ---------------------------------------------------------------------- indexing
def _fill(
    index: Index, corpus: Corpus, pages: int, say: Callable[[str], None]
) -> tuple[int, int, float, float]:
    """Documents, pages, CPU and wall seconds; making the texts is not counted."""
    documents = count = 0
    cpu = wall = 0.0
    stream = corpus.documents(pages)
    while batch := list(islice(stream, BATCH)):
        began, at = time.process_time(), time.monotonic()
        index.apply([Upsert(entry) for entry in batch])
        cpu, wall = cpu + time.process_time() - began, wall + time.monotonic() - at
        documents += len(batch)
        count += sum(len(entry.pages) for entry in batch)
        say(f"{count} / {pages} Seiten, {count / cpu:.0f} je CPU-Sekunde")
    return documents, count, cpu, wall


# ---------------------------------------------------------------------- asking
def questions(corpus: Corpus, documents: int) -> list[Question]:
    """The mix; words of the text are taken from documents of the corpus itself."""
    found: list[Question] = []
    for turn in range(PER_KIND):
        entry = _filled_page(corpus, turn * documents // PER_KIND)
        text = [word for word in words(entry.pages[0].text)][3:]
        long = [word for word in text if len(word) > 6 and word.isalpha()] or text
        common, middle = corpus.words[90 + 11 * turn], corpus.words[900 + 97 * turn]
        day = entry.received_on
        since, until = day - timedelta(days=540), day + timedelta(days=540)
        found += [
            Question(kind="häufiges Wort", text=common),
            Question(kind="mittleres Wort", text=middle),
            Question(kind="zwei Wörter", text=f"{common} {long[0]}"),
            Question(kind="drei Wörter", text=" ".join(long[:3])),
            Question(kind="eines von dreien", text=f"{middle} ODER {long[0]} ODER {common}"),
            Question(kind="Wortfolge", text=f'"{" ".join(text[8:11])}"'),
            Question(kind="Wortanfang", text=f"{middle[:5]}*"),
            Question(kind="ähnlich", text=f"{long[0]}~"),
            Question(kind="Aktenzeichen", text=str(entry.file_mark)),
            Question(
                kind="Wort, Zeitraum, Art",
                text=f"{common} eingang:{since}..{until} art:{entry.document_class}",
            ),
            Question(kind="Wort, neueste zuerst", text=common, sort=Sort.NEWEST),
            Question(kind="alles", text="", sort=Sort.NEWEST),
        ]
    return found


def _twice(asked: Sequence[Question]) -> Iterator[Question]:
    """Each question cold and warm, the mix in turns."""
    return chain(asked, asked)


def _filled_page(corpus: Corpus, number: int) -> Entry:
    while True:
        entry = corpus.document(number)
        if entry.scope in READER.scopes:
            return entry
        number += 1


@dataclass(frozen=True, slots=True)
class _Row:
    question: Question
    spent: tuple[float, float, float]  #: milliseconds: search, facets, snippets
    cpu: float  #: milliseconds
    total: int


def _ask(index: Index, analyser: Analyser, corpus: Corpus, question: Question) -> _Row:
    began, cpu = time.perf_counter(), time.process_time()
    query = parse(question.text)
    hits = index.search(query, scope=READER, limit=SHOWN, sort=question.sort)
    searched = time.perf_counter()
    index.facets(query, scope=READER, total=hits.total)
    counted, cpu = time.perf_counter(), time.process_time() - cpu
    texts = [_page_text(corpus, hit.document_id, hit.best_page or 1) for hit in hits.hits]
    written, cpu_before = time.perf_counter(), time.process_time()
    for text in texts:
        snippet(text, query, analyser)
    return _Row(
        question,
        (
            1000 * (searched - began),
            1000 * (counted - searched),
            1000 * (time.perf_counter() - written),
        ),
        1000 * (cpu + time.process_time() - cpu_before),
        hits.total,
    )


def _page_text(corpus: Corpus, document_id: str, page: int) -> str:
    return corpus.document(int(document_id.rpartition("_")[2])).pages[page - 1].text


def _times(kind: str, rows: Sequence[_Row]) -> Times:
    totals = [sum(row.spent) for row in rows]
    search, facets, snippets = (
        statistics.fmean(part) for part in zip(*(r.spent for r in rows), strict=True)
    )
    return Times(
        kind=kind,
        count=len(rows),
        p50=percentile(totals, 50),
        p95=percentile(totals, 95),
        search=search,
        facets=facets,
        snippets=snippets,
        hits=statistics.fmean(row.total for row in rows),
    )
