"""``registratur status``: where everything stands; for the machine's operator, without content."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from api.commands.common import ConfigOption, JsonOption, say, settings_of, tell_if_read_only
from config.errors import UsageError

NEWEST = 100  #: items that people are shown where they do not say how many


def status(
    item_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Ein Eingang.")] = None,
    since: Annotated[str | None, typer.Option(help="Ab dieser Zeit (JJJJ-MM-TT[THH:MM]).")] = None,
    limit: Annotated[
        int | None,
        typer.Option(help="Höchstens so viele, die neuesten. Ohne: 100, mit --json alle."),
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Stand der Eingänge zeigen."""
    settings = settings_of(config)
    from api.commands.records.outcomes import listed
    from archive.db.database import Database
    from archive.intake import documents, items
    from archive.views import listing
    from ingest.doors.blocked_files_list import told

    database = Database(settings.database_url)
    tell_if_read_only(database)
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
            if limit is None and not as_json:
                limit = NEWEST
            found = listing.operator_items(session, limit=limit, since=moment)
            parts = documents.documents_of_items(session, [one.id for one in found])
            answer = {
                "counts": listing.operator_counts(session, since=moment),
                "items": [listed(one, parts.get(one.id, ())) for one in found],
                "obstacles": [
                    {**asdict(each), "since": each.since.isoformat()}
                    for each in told(settings.home)
                ],
            }
    database.close()
    if as_json:
        say(answer)
    else:
        show(answer)


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


def show(answer: dict[str, object]) -> None:
    """Print for people: one row an item, and the history where one item was asked for."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stdout)
    if not console.is_terminal:  # a pipe has no width; nothing may be cut off in a protocol
        console = Console(file=sys.stdout, width=200)
    table = Table("Kennung", "Angekommen", "Strom", "Stand", "Datei und Grund", box=None)
    table.columns[0].no_wrap = table.columns[1].no_wrap = table.columns[3].no_wrap = True
    table.columns[4].overflow = "fold"
    rows = answer.get("items", [answer])
    assert isinstance(rows, list)
    for row in rows:
        reason = row["reason"] or row["waiting_for"]
        table.add_row(
            row["id"], _local(row["received_at"]), row["stream"], _standing(row),
            Text("\n".join(_printable(part) for part in (row["source"], reason) if part)),
        )  # fmt: skip
    console.print(table)
    _tell_of_more(answer, len(rows))
    obstacles = answer.get("obstacles", [])
    assert isinstance(obstacles, list)
    if obstacles:
        console.print("\nAn der Tür, nicht übernommen und noch nicht in Verwahrung:")
    for each in obstacles:
        console.print(
            f"{_local(each['since'])}  {each['stream']:<10} {_printable(each['path'])} – {each['text']}",
            markup=False,
        )
    for entry in answer.get("history", []):  # type: ignore[attr-defined]
        console.print(
            f"{_local(entry['at'])}  {entry['actor']:<14} {entry['action']}", markup=False
        )


def _tell_of_more(answer: Mapping[str, Any], shown: int) -> None:
    counts: dict[str, dict[str, int]] | None = answer.get("counts")
    everything = 0 if counts is None else sum(counts["outcome"].values())
    if everything > shown:
        print(f"Gezeigt sind die {shown} neuesten von {everything} Eingängen; mehr: --limit.")


def _local(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M:%S}"


def _standing(row: dict[str, Any]) -> str:
    """The outcome in words, or how far it has come."""
    from api.web.rendering.labels import OUTCOMES, STAGES
    from archive.stages import Outcome, Stage

    if row["outcome"]:
        return OUTCOMES[Outcome(row["outcome"])]
    return STAGES[Stage(row["stage"])]


def _printable(text: str) -> str:
    """File names are the sender's: what steers a terminal is shown as a mark."""
    return "".join(sign if sign.isprintable() else "�" for sign in text)
