"""``registratur trust``: the trusted lists that signature checks rest on."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.common import ConfigOption, JsonOption, say, tell
from config.clock import now
from config.errors import ConfigError
from ingest import home as homes

if TYPE_CHECKING:
    from config.settings import Settings
    from signing.trust.trust_state import TrustState

trust = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Vertrauenslisten für die Signaturprüfung."
)
FolderOption = Annotated[
    Path | None, typer.Option("--trust", help="Anderer Ordner als der des Datenordners.")
]
STATES = {"current": "aktuell", "soon": "läuft bald ab", "overdue": "ÜBERFÄLLIG"}
OUTCOMES = {"new": "neu", "same": "unverändert", "failed": "NICHT GEHOLT"}


@trust.command("import")
def import_files(
    paths: Annotated[list[Path], typer.Argument(metavar="DATEI...", help="LOTL und Listen (XML).")],
    folder: FolderOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Vertrauenslisten aus Dateien übernehmen; geprüft, datiert, nie überschrieben."""
    target = _folder(folder, config)
    from signing.errors import TrustError
    from signing.trust.trusted_lists import import_list

    taken, refused = [], []
    for path in _heads_first(paths):
        try:
            taken.append((path, import_list(target, path, at=now())))
        except TrustError as error:
            refused.append((path, str(error)))
    if as_json:
        say(
            {
                "imported": [{"file": str(path), **asdict(info)} for path, info in taken],
                "refused": [{"file": str(path), "reason": why} for path, why in refused],
            }
        )
    else:
        for path, info in taken:
            tell(f"übernommen  {info.territory} Nr. {info.sequence_number}  ({path})")
        for _, why in refused:
            tell(f"ABGELEHNT   {why}")
    raise typer.Exit(1 if refused else 0)


@trust.command()
def status(
    folder: FolderOption = None, as_json: JsonOption = False, config: ConfigOption = None
) -> None:
    """Zeigen, welche Listen gelten und wann sie ablaufen."""
    place = _folder(folder, config)
    from signing.trust.trust_folder import Trust
    from signing.trust.trust_state import state_of

    state = state_of(Trust(place), now())
    if as_json:
        say(asdict(state))
    else:
        _tell_state(state)
    raise typer.Exit(1 if state.overdue or state.left_out else 0)


@trust.command()
def refresh(
    folder: FolderOption = None, as_json: JsonOption = False, config: ConfigOption = None
) -> None:
    """Vertrauenslisten aus dem Netz holen, wo die Einstellungen es erlauben."""
    settings = _settings(config)
    rules = settings.trust_lists
    if not rules.refresh:
        raise ConfigError(
            "Vertrauenslisten dürfen nicht aus dem Netz geholt werden (trust_lists.refresh ist "
            "nicht gesetzt). Ohne Netz: Listen herunterladen und registratur trust import DATEI."
        )
    from config import logs
    from signing.trust.https_fetcher import HttpsFetcher, Limits
    from signing.trust.list_refresh import refresh as refresh_lists

    logs.set_up("error", json_lines=False)
    limits = Limits(
        hosts=rules.hosts, seconds=rules.seconds, most=rules.most_mib * 2**20, proxy=rules.proxy
    )
    results = refresh_lists(
        folder or _trust_folder(settings),
        HttpsFetcher(limits),
        url=rules.url,
        territories=rules.territories,
        at=now(),
    )
    if as_json:
        say([asdict(one) for one in results])
    else:
        for one in results:
            tell(f"{OUTCOMES[one.outcome]:<12} {one.name} {one.text} ({one.url})")
    raise typer.Exit(1 if any(one.outcome == "failed" for one in results) else 0)


def _folder(folder: Path | None, config: Path | None) -> Path:
    return folder if folder is not None else _trust_folder(_settings(config))


def _settings(config: Path | None) -> Settings:
    home = homes.require(homes.home_of())
    from config.settings import load

    return load(home, file=config)


def _trust_folder(settings: Settings) -> Path:
    return settings.at_home(settings.signing.trust, "trust")


def _heads_first(paths: list[Path]) -> list[Path]:
    """Lists of lists before the lists that they confirm, older ones before younger."""
    from signing.errors import UnreadableSignature
    from signing.trust.trusted_lists import read_list

    def order(path: Path) -> tuple[bool, int]:
        try:
            found = read_list(path.read_bytes())
        except (OSError, UnreadableSignature):
            return True, 0
        return not found.is_list_of_lists, found.info.sequence_number or 0

    return sorted(paths, key=order)


def _tell_state(state: TrustState) -> None:
    from signing.report.legal_statements import moment

    tell(f"{state.folder}: {len(state.lists)} Listen, {state.anchors} eigene Anker")
    for one in state.lists:
        tell(
            f"{STATES[one.state]:<14} {one.name} Nr. {one.info.sequence_number} vom "
            f"{moment(one.info.issue_date)}, nächste Ausgabe bis {moment(one.info.next_update)}"
        )
    for line in state.left_out:
        tell(f"nicht benutzt  {line}")
    if not state.lists and not state.anchors:
        tell("Niemandem wird vertraut: registratur trust import LOTL.xml TL-DE.xml")
