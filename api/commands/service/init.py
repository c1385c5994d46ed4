"""``registratur init``: make the home."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.common import ConfigOption, perform, tell
from config.errors import Conflict
from ingest.home import home_of

if TYPE_CHECKING:
    from config.settings import Settings


def init(
    with_sample: Annotated[bool, typer.Option("--sample", help="Musterkreis zur Probe.")] = False,
    config: ConfigOption = None,
) -> None:
    """Datenordner anlegen (REGISTRATUR_HOME, sonst ./var)."""
    home = home_of()
    make_home(home, with_sample=with_sample, config=config)
    tell(f"Datenordner angelegt: {home}")
    from api.wiring_evidence import anchors_of
    from config.settings import load

    settings = load(home, file=config)
    tell(f"Schlüssel der Anker (notieren): {anchors_of(settings).fingerprint}")
    if not with_sample:
        from api.sample import county
        from ingest.acts.people.operator import IssueLinks

        (token,) = perform(settings, IssueLinks(users=(county.ADMIN,)), by=county.INIT)
        address = county.sign_in_address(settings.public_url, token)
        tell(f"Erste Anmeldung als {county.ADMIN} (einmalig): {address}")


def make_home(
    home: Path,
    *,
    with_sample: bool,
    config: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Make the home beside its place and move it there whole, so that no half one is ever found.

    Raises:
        Conflict: there is one already.
    """
    if home.exists() and any(home.iterdir()):
        raise Conflict(
            f"{home} ist nicht leer; ein vorhandener Datenordner wird nie überschrieben."
        )
    home.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{home.name}-", dir=home.parent))
    try:
        settings = _settings(draft, with_sample, config, environment)
        _fill(settings, with_sample=with_sample)
        if home.exists():
            home.rmdir()
        draft.rename(home)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    folder = os.open(home.parent, os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(folder)
    os.close(folder)


def _settings(
    home: Path, with_sample: bool, config: Path | None, environment: Mapping[str, str]
) -> Settings:
    from api.sample import county
    from config.settings import load

    home.chmod(0o700)
    text = county.SAMPLE_SETTINGS if with_sample else county.EMPTY_SETTINGS
    (home / "registratur.toml").write_text(text, encoding="utf-8")
    return load(home, file=config, environment=environment)


def _fill(settings: Settings, *, with_sample: bool) -> None:
    from api import wiring
    from api.sample import county
    from api.wiring_evidence import anchors_of
    from archive.db.database import Database
    from config.clock import now
    from config.folders import make_shared

    for stream in settings.streams.values():
        make_shared(settings.home / stream.folder)
    wiring.prepare(settings)
    perform(settings, county.SAMPLE if with_sample else county.EMPTY, by=county.INIT)
    database = Database(settings.database_url)
    try:
        with database.read() as session:
            anchors_of(settings).write(session, now())
    finally:
        database.close()
