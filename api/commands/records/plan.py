"""``registratur plan``: the file plan and the filing rules, as tables in and out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.commands.common import ConfigOption, JsonOption, perform, say, settings_of, tell
from config.errors import UsageError
from config.system_errors import why

if TYPE_CHECKING:
    from archive.file_plan.csv_lines import LineError
    from archive.file_plan.filing_rules import FilingRule
    from archive.model import PlanUnit
    from config.settings import Settings

plan = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Aktenplan und Ablageregeln.")
TableArgument = Annotated[
    Path, typer.Argument(metavar="DATEI", help="CSV (docs/reference/file-plan.md).")
]
CheckOption = Annotated[bool, typer.Option("--check", help="Nur prüfen, nichts ändern.")]


@plan.command("import")
def import_table(
    table: TableArgument,
    check: CheckOption = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Aktenplan einlesen: ganz oder gar nicht, Fehler mit ihrer Zeile."""
    data = _bytes(table)
    settings = settings_of(config)
    from ingest.acts.efile.plan import ImportPlan

    result = perform(settings, ImportPlan(table=data, check=check))
    if as_json:
        say(asdict(result))
    else:
        _tell_errors(table, result.errors)
        tell(
            f"neu {len(result.added)}, geändert {len(result.changed)},"
            f" gleich {len(result.unchanged)}, nicht genannt {len(result.not_named)}"
        )
        tell(_end(result.done, result.errors))
    raise typer.Exit(1 if result.errors else 0)


@plan.command()
def show(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Den Aktenplan zeigen."""
    settings = settings_of(config)
    from archive.db.database import Database
    from archive.efile import files

    database = Database(settings.database_url)
    try:
        with database.read() as session:
            units = files.plan(session)
    finally:
        database.close()
    if as_json:
        say([asdict(unit) for unit in units])
        return
    for unit in units:
        tell(_line(unit))


@plan.command()
def rules(
    table: Annotated[
        Path | None,
        typer.Argument(metavar="[DATEI]", help="CSV an die Stelle aller Regeln; ohne: zeigen."),
    ] = None,
    check: CheckOption = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Ablageregeln zeigen oder ersetzen."""
    settings = settings_of(config)
    data = None if table is None else _bytes(table)
    errors: tuple[LineError, ...] = ()
    done = False
    if data is None:
        known = _rules(settings)
    else:
        from ingest.acts.efile.plan import ReplaceRules

        result = perform(settings, ReplaceRules(table=data, check=check))
        known, errors, done = result.rules, result.errors, result.done
    shown: list[dict[str, Any]] = [asdict(rule) for rule in known]
    if as_json:
        say({"rules": shown, "errors": [asdict(error) for error in errors], "done": done})
    else:
        for rule in known:
            place = f"{rule.stream or 'alle Ströme'}, {rule.department}"
            tell(f"{rule.kind.value} „{rule.value}“ ({place}) -> {rule.plan_unit} {rule.subject}")
        if table is not None:
            _tell_errors(table, errors)
            tell(_end(done, errors))
    raise typer.Exit(1 if errors else 0)


def _rules(settings: Settings) -> tuple[FilingRule, ...]:
    from archive.db.database import Database
    from archive.file_plan import filing_rules

    database = Database(settings.database_url)
    try:
        with database.read() as session:
            return filing_rules.rules(session)
    finally:
        database.close()


def _bytes(table: Path) -> bytes:
    try:
        return table.read_bytes()
    except OSError as error:
        raise UsageError(f"{table} kann nicht gelesen werden: {why(error)}") from error


def _tell_errors(table: Path, errors: Sequence[LineError]) -> None:
    for error in errors:
        tell(f"{table}:{error.line}: {error.text}")


def _end(done: bool, errors: Sequence[LineError]) -> str:
    if errors:
        return f"{len(errors)} Fehler; nichts wurde übernommen."
    return "Übernommen." if done else "Geprüft; nichts wurde geändert."


def _line(unit: PlanUnit) -> str:
    years = "dauernd" if unit.retention_years is None else f"{unit.retention_years} Jahre"
    marks = [
        unit.department or "alle Abteilungen",
        f"{years} ab {unit.retention_start}",
        unit.disposal_code,
        unit.protection_need,
        *([f"Bereich {unit.compartment}"] if unit.compartment else []),
        *(["stillgelegt"] if unit.retired else []),
    ]
    return f"{unit.code}  {unit.title}  ({', '.join(marks)})"
