"""``registratur bench``: what things cost here, in ratios of one run."""

from __future__ import annotations

import typer

from api.commands.bench_ocr import bench_ocr
from api.commands.bench_search import bench_search
from api.commands.bench_signatures import signatures

bench = typer.Typer(no_args_is_help=True, help="Messungen: was etwas hier kostet.")


@bench.callback()
def _group() -> None:
    """Messungen: was etwas hier kostet."""


bench.command("ocr")(bench_ocr)
bench.command("search")(bench_search)
bench.command("signatures")(signatures)
