"""The work of ``registratur bench search``: what search costs here, and how well it finds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

from api.commands.bench.choices import Engine
from api.commands.bench.measured_service import bench_folder
from api.commands.common import say, tell
from config import logs
from config.clock import new_id
from config.errors import UsageError
from search.bench.corpus import Corpus
from search.bench.gold_pairs import Quality, judge, read_pairs, read_queries
from search.bench.measure import Measured, measure
from search.engines.elasticsearch.index_elasticsearch import ElasticsearchIndex
from search.engines.tantivy.index_tantivy import TantivyIndex
from search.german.analysis import Analyser, load_analyser
from search.index import Index

SIZES = [20_000]


def run(
    *,
    quality: bool,
    pages: list[int] | None,
    engine: Engine | None,
    url: str,
    folder: Path | None,
    gold: Path,
    as_json: bool,
) -> None:
    """Measure and tell, or judge the pairs of words in ``gold``."""
    logs.set_up("error", json_lines=False)
    told = (lambda text: print(text, file=sys.stderr)) if as_json else tell
    if engine is Engine.ELASTICSEARCH and not url:
        raise UsageError("Für Elasticsearch fehlt --url.")
    if quality:
        _quality(gold, engine, url, as_json=as_json)
        return
    chosen = engine or Engine.TANTIVY
    analyser, corpus = load_analyser(), Corpus.make()
    rows: list[dict[str, Any]] = []
    for count in sorted(pages or SIZES):
        with _empty(chosen, url, analyser, folder) as (index, size):
            measured = measure(
                index, analyser, corpus, engine=chosen, pages=count, say=_progress(told)
            )
            rows.append({**asdict(measured), "bytes": size()})
        if not as_json:
            _print(measured, rows)
    if as_json:
        say({"sizes": rows, "growth": [_growth(a, b) for a, b in pairwise(rows)]})


def _progress(told: Callable[[str], None]) -> Callable[[str], None]:
    calls = 0

    def tell_now_and_then(text: str) -> None:
        nonlocal calls
        calls += 1
        if calls % 20 == 0:
            told(text)

    return tell_now_and_then


@contextmanager
def _empty(
    engine: Engine, url: str, analyser: Analyser, folder: Path | None
) -> Iterator[tuple[Index, Callable[[], int]]]:
    """An empty index that is gone afterwards, and what it takes on the disk."""
    if engine is Engine.ELASTICSEARCH:
        cluster = ElasticsearchIndex(url, analyser, prefix=new_id("bench"), timeout=120)
        try:
            yield cluster, cluster.bytes_on_disk
        finally:
            cluster.remove_everything()
            cluster.close()
        return
    with (
        bench_folder(folder) as place,
        closing(TantivyIndex(place / "index", analyser)) as index,
    ):
        yield index, lambda: sum(p.stat().st_size for p in place.rglob("*") if p.is_file())


def _quality(folder: Path, engine: Engine | None, url: str, *, as_json: bool) -> None:
    files = sorted((*folder.glob("*.txt"), *folder.glob("*.tsv")))
    if not files:
        raise UsageError(
            f"{folder}: keine Wortpaare. Sie liegen im Quellbaum (tests/assets/search) und werden "
            "nicht ausgeliefert; mit --gold einen Ordner nennen."
        )
    analyser = load_analyser()
    engines = [engine] if engine else [each for each in Engine if each is Engine.TANTIVY or url]
    rows: list[tuple[Engine, Quality]] = []
    for each in engines:
        for path in files:
            with _empty(each, url, analyser, None) as (index, _):
                read = read_queries if path.suffix == ".tsv" else read_pairs
                rows.append((each, judge(index, path.stem, list(read(path)))))
    if as_json:
        say([{"engine": each, **_summary(result)} for each, result in rows])
        return
    tell(f"Wortlisten: {', '.join(analyser.lexicon.sources)}")
    for each, result in rows:
        tell(
            f"{each:<14} {result.name:<18} Treffer {result.recall:.4f} von {result.must}"
            f"   Fehltreffer {result.false_rate:.4f} von {result.must_not}"
        )
        for word, pairs in (("fehlt", result.missed), ("falsch", result.wrong)):
            for pair in pairs:
                tell(f"    {word}: {pair.question} → {pair.text}")
    if Engine.ELASTICSEARCH not in engines:
        tell("Elasticsearch nicht gefragt: keine Adresse (--url).")


def _summary(result: Quality) -> dict[str, Any]:
    return {**asdict(result), "recall": result.recall, "false_rate": result.false_rate}


def _print(measured: Measured, rows: list[dict[str, Any]]) -> None:
    tell(
        f"\n{measured.engine}: {measured.documents} Dokumente, {measured.pages} Seiten\n"
        f"  indexiert: {measured.pages_per_cpu_second:.0f} Seiten je CPU-Sekunde, "
        f"{measured.pages / measured.index_wall_seconds:.0f} je Sekunde; "
        f"{rows[-1]['bytes'] / measured.pages / 1000:.2f} kB je Seite; "
        f"Speicher höchstens {measured.peak_memory / 2**20:.0f} MiB; "
        f"Maßstab {measured.yardstick:.3f} s\n"
        f"  Fragen: p50 {measured.p50:.1f} ms, p95 {measured.p95:.1f} ms, "
        f"p95 in CPU-Zeit {measured.cpu_p95:.1f} ms"
    )
    tell(f"  {'':<24}{'p50':>8}{'p95':>8}{'Suche':>9}{'Facetten':>10}{'Auszüge':>9}{'Treffer':>10}")
    for row in measured.times:
        tell(
            f"  {row.kind:<24}{row.p50:8.1f}{row.p95:8.1f}{row.search:9.1f}{row.facets:10.1f}"
            f"{row.snippets:9.1f}{row.hits:10.0f}"
        )
    if len(rows) > 1:
        tell("  " + ", ".join(f"{k} x {v:.1f}" for k, v in _growth(rows[-2], rows[-1]).items()))


def _growth(before: dict[str, Any], after: dict[str, Any]) -> dict[str, float]:
    """How much each figure grew from one size to the next."""
    names = ("pages", "bytes", "index_cpu_seconds", "p50", "p95")
    return {name: round(after[name] / before[name], 2) for name in names}
