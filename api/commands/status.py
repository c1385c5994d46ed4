"""``registratur status``: where everything stands; for the machine's operator, without content."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from api.commands.common import ConfigOption, JsonOption, say, settings_of
from api.commands.outcomes import listed
from archive import documents, items, listing
from archive.database import Database
from config.errors import UsageError


def status(
    item_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Ein Eingang.")] = None,
    since: Annotated[str | None, typer.Option(help="Ab dieser Zeit (JJJJ-MM-TT[THH:MM]).")] = None,
    limit: Annotated[int | None, typer.Option(help="Höchstens so viele.")] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Stand der Eingänge zeigen."""
    database = Database(settings_of(config).database_url)
    with database.read() as session:
        if item_id is not None:
            item = items.load_item(session, item_id)
            row = listed(item, documents.documents_of(session, item_id))
            row["history"] = [
                {"at": entry.at.isoformat(), "actor": entry.actor, "action": entry.action,
                 "outcome": entry.outcome, "detail": dict(entry.detail)}
                for entry in listing.operator_history(session, item_id)
            ]  # fmt: skip
            answer = row
        else:
            moment = _time(since)
            found = listing.operator_items(session, limit=limit, since=moment)
            answer = {
                "counts": listing.operator_counts(session, since=moment),
                "items": [listed(one, documents.documents_of(session, one.id)) for one in found],
            }
    database.close()
    if as_json:
        say(answer)
    else:
        _print(answer)


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"--since {text}: erwartet wird JJJJ-MM-TT oder JJJJ-MM-TTTHH:MM."
        ) from error
    return moment.astimezone(UTC)


def _print(answer: dict[str, object]) -> None:
    console = Console(file=sys.stdout)
    table = Table("Eingang", "Strom", "Stand", "Ergebnis", "Datei", "Grund")
    rows = answer.get("items", [answer])
    assert isinstance(rows, list)
    for row in rows:
        table.add_row(
            row["received_at"][:19], row["stream"], row["stage"], row["outcome"] or "unterwegs",
            row["source"], row["reason"] or row["waiting_for"] or "",
        )  # fmt: skip
    console.print(table)
    for entry in answer.get("history", []):  # type: ignore[attr-defined]
        console.print(f"{entry['at'][:19]}  {entry['actor']:<14} {entry['action']}")
