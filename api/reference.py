"""The reference pages that are made from the code: ``python -m api.reference`` (``make docs``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel
from typer.core import TyperGroup

from api.cli import COMMANDS, load_command
from config.settings import Procedure, Settings, Stream

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"
MADE = "<!-- Diese Seite macht „make docs“ aus dem Programm; nicht von Hand ändern. -->\n\n"


def settings_page() -> str:
    """Every setting with its default and its help."""
    lines = [
        MADE + "# Einstellungen\n",
        "Vorgaben < `registratur.toml` im Datenordner (oder `--config`) < Umgebung. In der Umgebung",
        "heißt `search.engine` so: `REGISTRATUR_SEARCH__ENGINE`. Ein unbekannter Name ist ein Fehler,",
        "der den nächstliegenden nennt. `REGISTRATUR_HOME` nennt den Datenordner.\n",
    ]
    for name, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            lines += _table(f"[{name}]", kind)
    lines += _table("[streams.NAME] – je Eingangsstrom", Stream)
    lines += _table("[procedures.NAME] – je Verfahren", Procedure)
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """Every command as its ``--help`` shows it."""
    lines = [
        MADE + "# Befehle\n",
        "Ausgang: 0 erledigt und gut · 1 erledigt, und etwas ist nicht gut · 2 falscher Aufruf ·",
        "3 der Dienst konnte nicht. `--json` gibt genau ein JSON-Dokument auf der Standardausgabe.\n",
    ]
    for name in sorted(COMMANDS):
        lines += _commands(load_command(name), f"registratur {name}")
    return "\n".join(lines)


def _table(title: str, section: type[BaseModel]) -> Iterator[str]:
    yield f"## `{title}`\n" if "–" not in title else f"## {title}\n"
    yield "| Name | Vorgabe | Bedeutung |\n|---|---|---|"
    for name, field in section.model_fields.items():
        default = "**nötig**" if field.is_required() else f"`{_shown(field.default)}`"
        yield f"| `{name}` | {default} | {field.description} |"
    yield ""


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{each}"' for each in value) + "]"
    return '""' if value in ("", None) else f"{value}"


def _commands(command: object, name: str) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for key, each in sorted(command.commands.items()):
            yield from _commands(each, f"{name} {key}")
        return
    help_text = getattr(command, "help", "") or ""
    yield f"## `{name}`\n\n{help_text.strip()}\n"
    yield "| Angabe | Bedeutung |\n|---|---|"
    for parameter in getattr(command, "params", []):
        words = ", ".join((*parameter.opts, *parameter.secondary_opts))
        if parameter.param_type_name == "argument":
            words = parameter.metavar or str(parameter.name).upper()
        yield f"| `{words}` | {getattr(parameter, 'help', None) or ''} |"
    yield ""


def main() -> None:
    (FOLDER / "settings.md").write_text(settings_page(), encoding="utf-8")
    (FOLDER / "commands.md").write_text(commands_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
