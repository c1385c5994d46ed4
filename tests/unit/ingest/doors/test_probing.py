"""What ``doctor`` says of hot folders: it refuses where claims are not safe, and makes nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest

from config.settings import Procedure, Settings, Stream
from ingest.doors.hot_folder.claims import OURS
from ingest.doors.hot_folder.folder_check import DoorRemark, examine_door
from ingest.doors.hot_folder.ignored_names import is_litter


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir(mode=0o700)
    return made


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """On another file system than the home."""
    place = Path("/dev/shm")
    if not os.access(place, os.W_OK) or place.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    made = Path(tempfile.mkdtemp(dir=place, prefix="door-"))
    yield made
    shutil.rmtree(made)


def examined(home: Path, folder: Path, **words: str) -> dict[str, DoorRemark]:
    folder.mkdir(exist_ok=True)
    stream = Stream(folder=str(folder), department="bauamt", **words)
    settings = Settings(home=home, streams={"post": stream}, procedures={"standard": Procedure()})
    before = sorted(home.rglob("*")), sorted(folder.rglob("*"))
    found = {one.name.removesuffix(" post"): one for one in examine_door(settings, "post", stream)}
    assert (sorted(home.rglob("*")), sorted(folder.rglob("*"))) == before
    return found


def test_claims_in_the_home_are_good(home: Path, tmp_path: Path) -> None:
    found = examined(home, tmp_path / "hot")
    assert found["Übernommenes"].ok
    assert "im Datenordner" in found["Übernommenes"].text
    assert all(one.ok for one in found.values())


def test_claims_inside_the_hot_folder_are_told_with_a_better_place(
    home: Path, elsewhere: Path
) -> None:
    found = examined(home, elsewhere / "hot")["Übernommenes"]
    assert found.ok
    assert "streams.post.claims" in found.remedy


@pytest.mark.parametrize("kind", ["link", "file"])
def test_our_place_replaced_is_refused(home: Path, elsewhere: Path, kind: str) -> None:
    folder = elsewhere / "hot"
    folder.mkdir()
    if kind == "link":
        (folder / OURS).symlink_to(home)
    else:
        (folder / OURS).touch()
    assert not examined(home, folder)["Übernommenes"].ok


def test_our_place_of_another_account_is_refused(home: Path, elsewhere: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder to another account")
    (elsewhere / "hot" / OURS).mkdir(parents=True)
    os.chown(elsewhere / "hot" / OURS, 65_534, -1)
    assert not examined(home, elsewhere / "hot")["Übernommenes"].ok


def test_a_place_beside_is_good_on_the_same_file_system_and_closed(
    home: Path, elsewhere: Path, tmp_path: Path
) -> None:
    beside = elsewhere / "uebernommen"
    assert examined(home, elsewhere / "hot", claims=str(beside))["Übernommenes"].ok
    beside.mkdir(mode=0o700)
    assert examined(home, elsewhere / "hot", claims=str(beside))["Übernommenes"].ok
    beside.chmod(0o770)
    assert not examined(home, elsewhere / "hot", claims=str(beside))["Übernommenes"].ok
    wrong = str(tmp_path / "anderswo")
    assert not examined(home, elsewhere / "hot", claims=wrong)["Übernommenes"].ok


def test_a_hot_folder_that_anybody_can_exchange_is_refused(home: Path, tmp_path: Path) -> None:
    above = tmp_path / "offen"
    above.mkdir()
    above.chmod(0o777)
    assert not examined(home, above / "hot")["Ort des Eingangsordners"].ok
    above.chmod(0o1777)
    assert "Ort des Eingangsordners" not in examined(home, above / "hot")


def test_files_of_other_accounts_are_told(home: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make files of two accounts")
    folder = tmp_path / "hot"
    os.chown(home, 12_345, -1)
    (folder / "@eaDir").mkdir(parents=True)
    (folder / "@eaDir" / "x.jpg").touch()
    assert "Schreibende" not in examined(home, folder)
    (folder / "scan.pdf").touch()
    os.chown(folder / "scan.pdf", 65_533, -1)
    found = examined(home, folder)["Schreibende"]
    assert found.ok
    assert "65533" in found.text
    assert "force user = 12345" in found.remedy


def test_litter_in_a_folder_that_somebody_names_is_left_out() -> None:
    assert is_litter(PurePath("Thumbs.db"))
    assert is_litter(PurePath("a/@eaDir/b/scan.jpg"))
    assert is_litter(PurePath("#recycle/scan.pdf"))
    assert is_litter(PurePath("_gsdata_/_saved_/scan.pdf"))
    assert not is_litter(PurePath("a/scan.pdf"))
    # Nobody is shown what is passed over here, and a folder may be called so for another reason.
    assert not is_litter(PurePath("Recycle/scan.pdf"))
    assert not is_litter(PurePath("Papierkorb/scan.pdf"))
    assert not is_litter(PurePath("a/scan.pdf.part"))
