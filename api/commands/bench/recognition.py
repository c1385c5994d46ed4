"""The work of ``registratur bench ocr``: recognition and PDF/A against OCRmyPDF and bare tesseract."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from api.commands.common import say, tell
from api.wiring_reading import program_verapdf
from config import logs
from config.errors import UsageError
from ocr.bench.measure import Row, Series, contenders, measure, samples, single_pictures


def run(
    paths: list[Path],
    *,
    rounds: int,
    most: int | None,
    long: tuple[bool, ...],
    turned: tuple[bool, ...],
    once: bool,
    no_validate: bool,
    beside: bool,
    as_json: bool,
) -> None:
    """Measure and tell; ``long`` and ``turned`` say which series."""
    logs.set_up("error", json_lines=False)
    os.environ["OMP_THREAD_LIMIT"] = "1"  # for all of them: idle threads spin
    found = [sample for path in paths for sample in samples(path)]
    chosen = single_pictures(found, most)
    if not chosen:
        raise UsageError(f"{paths[0]}: keine Bilder mit Vergleichstext (NAME.gt.txt) gefunden.")
    told = (lambda text: print(text, file=sys.stderr)) if as_json else tell
    jars = None if no_validate else program_verapdf()
    left_out = program_verapdf() if no_validate and beside else None
    with contenders(once=once, jars=jars, left_out=left_out, beside=beside) as runs:
        rows = measure(chosen, runs, _series(long, turned), rounds=rounds, say=told)
    if as_json:
        say({"pages": len(chosen), "rounds": rounds, "once": once,
             "validated": not no_validate, "rows": [asdict(row) for row in rows]})  # fmt: skip
    else:
        _table(rows, len(chosen), rounds)


def _series(long: tuple[bool, ...], turned: tuple[bool, ...]) -> list[Series]:
    return [Series(long=each, turned=turning) for each in long for turning in turned]


def _table(rows: Sequence[Row], pages: int, rounds: int) -> None:
    tell(f"{pages} Seiten, {rounds} Durchgänge, CPU-Sekunden (Mitte; kleinste bis größte)")
    for row in rows:
        if row.name == "ours":
            tell(f"\n{row.series}")
        spread = f"({row.cpu_lowest:.1f}-{row.cpu_highest:.1f})"
        tell(
            f"  {row.name:<32} {row.cpu_seconds:8.2f} {spread:<15} x {row.ratio:5.2f}"
            f"  Wörter {row.word_recall:.3f} / {row.word_recall_median:.3f}"
            f"  Zeichenfehler {row.character_error_rate:.3f}"
        )
