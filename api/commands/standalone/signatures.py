"""``registratur signatures``: look at signatures of files, without any archive."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.common import JsonOption, say, tell
from config.errors import UsageError
from signing.conclusions.model import Conclusion

if TYPE_CHECKING:
    from signing.report.interface import SignatureReport

GOOD = frozenset({Conclusion.UNSIGNED, Conclusion.INTACT})


def signatures(
    paths: Annotated[list[Path], typer.Argument(help="Dateien oder Ordner.")],
    content: Annotated[
        Path | None, typer.Option(help="Inhalt zu abgesetzten Signaturen (Datei oder Ordner).")
    ] = None,
    at: Annotated[str | None, typer.Option(help="Prüfzeit (JJJJ-MM-TT[THH:MM]).")] = None,
    trust: Annotated[Path | None, typer.Option(help="Ordner mit Vertrauenslisten.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Signaturen, Siegel und Zeitstempel von Dateien prüfen."""
    moment, files = _time(at), _files(paths)
    from config import logs
    from config.clock import now
    from config.isolation import Workshop
    from signing.report.json_form import public
    from signing.trust.trust_folder import Trust
    from signing.verify import Verifier

    logs.set_up("error", json_lines=False)
    with Workshop(size=1, preload=("signing.validate",)) as workshop:
        verifier = Verifier(workshop, trust=Trust(trust) if trust else None, clock=now)
        reports = [
            verifier.verify(path, content=_contents(content), at=moment, subject=str(path))
            for path in files
        ]
    if as_json:
        say([public(report) for report in reports])
    else:
        for report in reports:
            _print(report)
    if any(report.conclusion not in GOOD for report in reports):
        sys.exit(1)


def _files(paths: list[Path]) -> list[Path]:
    found = []
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path} gibt es nicht.")
        found += sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    return found


def _contents(content: Path | None) -> tuple[Path, ...]:
    if content is None:
        return ()
    return tuple(sorted(content.iterdir())) if content.is_dir() else (content,)


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--at {text}: erwartet wird JJJJ-MM-TT oder JJJJ-MM-TTTHH:MM.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _print(report: SignatureReport) -> None:
    from signing.conclusions.german_wording import wording

    tell(f"{report.conclusion.value:<13} {report.file}: {wording(report)}")
