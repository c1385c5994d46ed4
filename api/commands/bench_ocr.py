"""``registratur bench ocr``: recognition and PDF/A against OCRmyPDF and bare tesseract."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.commands.common import JsonOption, say, tell
from api.wiring import program_verapdf
from config import logs
from config.errors import UsageError
from ocr.bench import Row, Series, contenders, measure, samples, single_pictures


class Documents(StrEnum):
    LONG = "long"
    SINGLE = "single"
    BOTH = "both"


class Turning(StrEnum):
    NO = "no"
    YES = "yes"
    BOTH = "both"


def bench_ocr(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Bilder mit NAME.gt.txt daneben, oder Ordner."),
    ],
    rounds: Annotated[int, typer.Option(help="Durchgänge; gezählt wird die Mitte.", min=1)] = 3,
    most: Annotated[
        int | None, typer.Option(help="Höchstens so viele Seiten, gleichmäßig verteilt.", min=1)
    ] = None,
    documents: Annotated[
        Documents, typer.Option(help="Alle Seiten als ein PDF, jede für sich, oder beides.")
    ] = Documents.BOTH,
    turning: Annotated[
        Turning, typer.Option(help="Drehen und Geraderücken auf beiden Seiten.")
    ] = Turning.BOTH,
    once: Annotated[
        bool,
        typer.Option("--once", help="Jede Seite einmal lesen; der zweite Blick steht daneben."),
    ] = False,
    no_validate: Annotated[bool, typer.Option("--no-validate", help="Ohne veraPDF.")] = False,
    beside: Annotated[
        bool, typer.Option(help="Auch messen, was weggelassen wurde: zweiter Blick, veraPDF.")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Texterkennung gegen ocrmypdf und tesseract: CPU-Sekunden und Güte."""
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
        rows = measure(chosen, runs, _series(documents, turning), rounds=rounds, say=told)
    if as_json:
        say({"pages": len(chosen), "rounds": rounds, "once": once,
             "validated": not no_validate, "rows": [asdict(row) for row in rows]})  # fmt: skip
    else:
        _table(rows, len(chosen), rounds)


def _series(documents: Documents, turning: Turning) -> list[Series]:
    return [
        Series(long=long, turned=turned)
        for long in (True, False)
        for turned in (False, True)
        if documents is Documents.BOTH or long == (documents is Documents.LONG)
        if turning is Turning.BOTH or turned == (turning is Turning.YES)
    ]


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
