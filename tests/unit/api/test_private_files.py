"""What commands write is for the account that ran them alone."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import cli
from archive.people import accounts
from config.folders import make_shared
from ingest.acts.efile.export_document import ExportDocument
from tests.acting import seated
from tests.unit.api.building import House


@pytest.fixture(autouse=True)
def usual_mask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def _modes(folder: Path) -> set[tuple[bool, int]]:
    found = (folder, *folder.rglob("*"))
    return {(each.is_dir(), stat.S_IMODE(each.stat().st_mode)) for each in found}


def test_an_exported_document_is_private(house: House, tmp_path: Path) -> None:
    document = house.file()
    with house.database.read() as session:
        reader = accounts.reader(session, "bauamt")
    to = tmp_path / "aus" / "gabe"
    assert (
        ExportDocument(document_id=document, to=to).perform(house.service.engines, seated(reader))
        > 2
    )
    assert _modes(to) == {(True, 0o700), (False, 0o600)}


def test_every_command_writes_for_its_account_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["registratur", "--help"])
    with pytest.raises(SystemExit):
        cli.main()
    (tmp_path / "written").write_text("x", encoding="utf-8")
    (tmp_path / "made").mkdir()
    assert stat.S_IMODE((tmp_path / "written").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o700


def test_hot_folders_stay_open_to_scanners(tmp_path: Path) -> None:
    os.umask(0o077)
    kept = tmp_path / "hot"
    kept.mkdir()
    kept.chmod(0o2770)
    make_shared(kept / "mailroom" / "a")
    make_shared(kept / "mailroom" / "a")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o2770
    assert _modes(kept / "mailroom") == {(True, 0o755)}
