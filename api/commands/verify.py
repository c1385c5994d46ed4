"""``registratur verify``: does everything still hold?"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from api.commands.common import ConfigOption, JsonOption, say, settings_of, tell
from config.errors import UsageError


def verify(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID...]")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Den ganzen Bestand.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Originale, Lesefassungen, Vermerke, Siegel und Protokollkette prüfen."""
    if not ids and not everything:
        raise UsageError("Was geprüft werden soll, nennen IDs oder --all.")
    settings = settings_of(config)
    from api.wiring import house
    from ingest.judging import judge_all, judge_these

    with house(settings) as home:
        judged = list(
            judge_all(home.engines) if everything else judge_these(home.engines, ids or [])
        )
    if as_json:
        say([{"id": one.id, **one.parts, "ok": one.ok} for one in judged])
    else:
        for one in judged:
            tell(f"{'gut   ' if one.ok else 'MANGEL'} {one.id}  "
                 + ", ".join(f"{name}: {value}" for name, value in one.parts.items()))  # fmt: skip
        tell(f"{len(judged)} geprüft, {sum(not one.ok for one in judged)} mit Mängeln")
    if not all(one.ok for one in judged):
        sys.exit(1)
