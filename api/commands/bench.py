"""``registratur bench``: what things cost here, in ratios of one run."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.commands.bench_search import bench_search
from api.commands.bench_signatures import signatures
from api.commands.common import JsonOption, say, tell
from config import logs
from config.errors import UsageError
from ocr.bench import measure, samples

bench = typer.Typer(no_args_is_help=True, help="Messungen: was etwas hier kostet.")


@bench.callback()
def _group() -> None:
    """Messungen: was etwas hier kostet."""


bench.command("search")(bench_search)
bench.command("signatures")(signatures)


@bench.command("ocr")
def ocr(
    folder: Annotated[Path, typer.Argument(help="Bilder mit NAME.gt.txt daneben.")],
    rounds: Annotated[int, typer.Option(help="Durchgänge; gezählt wird die Mitte.", min=1)] = 3,
    most: Annotated[int | None, typer.Option(help="Höchstens so viele Seiten.")] = None,
    stack: Annotated[bool, typer.Option("--stack", help="Alle Seiten als ein PDF.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Texterkennung gegen ocrmypdf und tesseract: CPU-Sekunden und Güte."""
    logs.set_up("error", json_lines=False)
    chosen = samples(folder)[:most]
    if not chosen:
        raise UsageError(f"{folder}: keine Bilder mit Vergleichstext (NAME.gt.txt) gefunden.")
    told = (lambda text: print(text, file=sys.stderr)) if as_json else tell
    rows = measure(chosen, rounds=rounds, as_stack=stack, say=told)
    ours = rows[0].cpu_seconds
    if as_json:
        say([{**asdict(row), "ratio_to_ours": round(row.cpu_seconds / ours, 3)} for row in rows])
        return
    tell(f"{len(chosen)} Seiten, {rounds} Durchgänge, CPU-Sekunden (Mitte)")
    for row in rows:
        tell(
            f"{row.name:<28} {row.cpu_seconds:8.2f}  x {row.cpu_seconds / ours:5.2f}"
            f"  Wörter {row.word_recall:.3f}  Zeichenfehler {row.character_error_rate:.3f}"
        )
