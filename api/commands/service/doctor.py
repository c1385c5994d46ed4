"""``registratur doctor``: what is missing, and what to do about it.

A remark is *good* only where something was looked at and found well. What is not there is *missing*,
what is there and not well is *bad*; both end with exit 1. What nobody can judge is a *note*.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from api.commands.common import ConfigOption, JsonOption, say, tell
from api.commands.service.doctor_remarks import Remark, State
from config.errors import ServiceError
from config.system_errors import of_path
from ingest.home import home_of

if TYPE_CHECKING:
    from config.settings import Settings

WORDS = {
    State.GOOD: "gut    ",
    State.NOTE: "Hinweis",
    State.MISSING: "FEHLT  ",
    State.BAD: "MANGEL ",
}


def doctor(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Prüfen, was fehlt, und sagen, was zu tun ist."""
    from config import logs

    logs.set_up("error", json_lines=False)
    remarks = list(look(home_of(), config))
    if as_json:
        say([_row(remark) for remark in remarks])
    else:
        for remark in remarks:
            tell(f"{WORDS[remark.state]} {remark.name}: {remark.text}"
                 + (f"\n        → {remark.remedy}" if remark.remedy else ""))  # fmt: skip
    if not all(remark.ok for remark in remarks):
        sys.exit(1)


def look(home: Path, config: Path | None) -> Iterator[Remark]:
    """All checks, those of the program first; a check that cannot be made is itself a remark."""
    from api.commands.service import doctor_checks, doctor_program

    yield from doctor_program.program()
    if not home.is_dir():
        yield Remark(
            name="Datenordner",
            state=State.MISSING,
            text=f"{home} gibt es nicht",
            remedy="registratur init",
        )
        return
    from config.settings import load

    try:
        settings = load(home, file=config)
    except ServiceError as error:
        yield Remark(
            name="Einstellungen", state=State.BAD, text=str(error), remedy="wie genannt berichtigen"
        )
        return
    yield Remark(name="Einstellungen", state=State.GOOD, text="gelesen")
    yield from run(doctor_checks.CHECKS, settings)


def run(
    checks: Iterable[tuple[str, Callable[[Settings], Iterable[Remark]]]], settings: Settings
) -> Iterator[Remark]:
    """Each check alone: one that fails says so and costs the others nothing."""
    for name, check in checks:
        try:
            yield from check(settings)
        except (ServiceError, OSError) as error:
            why = of_path(error) if isinstance(error, OSError) else str(error)
            yield Remark(
                name=name,
                state=State.BAD,
                text=f"konnte nicht geprüft werden: {why}",
                remedy="beheben und erneut prüfen; ungeprüft ist nicht gut",
            )


def _row(remark: Remark) -> dict[str, object]:
    return {
        "name": remark.name,
        "ok": remark.ok,
        "state": remark.state,
        "text": remark.text,
        "remedy": remark.remedy,
    }
