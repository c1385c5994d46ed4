"""What ``registratur doctor`` looks at without a home: what was installed, and the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import packages_distributions
from importlib.resources import files
from pathlib import Path

from api.commands.service.doctor_remarks import Remark, State
from config.program_files import program_files

PACKAGES = ("ingest", "ocr", "archive", "search", "signing", "api", "config")
BUILT = datetime(2026, 11, 1, tzinfo=UTC)  #: no honest clock is before this program


def program() -> Iterator[Remark]:
    """What needs no home: our packages, the files of the pages, and the clock."""
    owners = packages_distributions()
    foreign = [n for n in PACKAGES if set(owners.get(n, ["registratur"])) != {"registratur"}]
    yield Remark(
        name="Programmpakete",
        state=State.BAD if foreign else State.GOOD,
        text=f"fremde Pakete gleichen Namens: {', '.join(foreign)}" if foreign else "unvermischt",
        remedy="eigene Python-Umgebung nehmen (docs/how-to/installation.md)" if foreign else "",
    )
    yield web_files(Path(str(files("api"))) / "web" / "static" / "vendor")
    now = datetime.now(UTC)
    late = now > BUILT
    yield Remark(
        name="Uhr",
        state=State.NOTE if late else State.BAD,
        text=f"{now.isoformat(timespec='seconds')}, mit keinem Zeitserver verglichen",
        remedy="" if late else "Zeit stellen (NTP); Vermerke und Siegel tragen sie",
    )


def web_files(folder: Path) -> Remark:
    """The design and the scripts of the pages; they are complete where their stamp is."""
    if (folder / "STAMP").is_file():
        return Remark(name="Web-Dateien", state=State.GOOD, text="vorhanden")
    program = program_files()
    return Remark(
        name="Web-Dateien",
        state=State.MISSING,
        text=f"{folder} fehlt; die Seiten sind ohne Gestaltung",
        remedy=f"sh {program.scripts / 'build-assets'}"
        if program.checkout
        else "das Wheel erneut installieren (docs/how-to/installation.md)",
    )
