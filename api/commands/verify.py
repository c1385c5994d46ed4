"""``registratur verify``: does everything still hold?"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from api.commands.common import ConfigOption, JsonOption, say, settings_of, tell, tell_if_read_only
from config.errors import UsageError


def verify(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID...]")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Den ganzen Bestand.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Originale, Lesefassungen, Vermerke, Siegel, Datensätze, Protokoll und Anker prüfen.

    Außer Kennungen von Eingängen und Dokumenten: trail, anchor, schema, index, house,
    file:KENNUNG, user:NAME.
    """
    if not ids and not everything:
        raise UsageError("Was geprüft werden soll, nennen IDs oder --all.")
    settings = settings_of(config)
    from api.wiring import house
    from ingest.judging import judge_all, judge_these, newest_anchor

    with house(settings) as home:
        tell_if_read_only(home.engines.database)
        judged = list(
            judge_all(home.engines) if everything else judge_these(home.engines, ids or [])
        )
        anchor = newest_anchor(home.engines)
    if as_json:
        say(
            [
                {"id": one.id, **one.parts, "ok": one.ok, "faults": list(one.faults)}
                for one in judged
            ]
        )
    else:
        for one in judged:
            tell(f"{'gut   ' if one.ok else 'MANGEL'} {one.id}  "
                 + ", ".join(f"{name}: {value}" for name, value in one.parts.items() if value != "none"))  # fmt: skip
            for fault in one.faults:
                tell(f"       {fault}")
        if anchor is not None:
            tell(anchor)
        tell(f"{len(judged)} geprüft, {sum(not one.ok for one in judged)} mit Mängeln")
    if not all(one.ok for one in judged):
        sys.exit(1)
