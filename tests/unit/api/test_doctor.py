"""What doctor calls good was looked at; a check that cannot be made costs no other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.commands.service import doctor_checks, doctor_program
from api.commands.service.doctor import look, run
from api.commands.service.doctor_remarks import Remark, State
from config.errors import Unavailable
from config.settings import Database, Malware, Ocr, Seal, Search, Settings, Stream


def _states(remarks: Iterator[Remark]) -> dict[str, State]:
    return {remark.name: remark.state for remark in remarks}


def test_a_missing_virus_scanner_is_missing(tmp_path: Path) -> None:
    assert _states(doctor_checks.malware(Settings(home=tmp_path))) == {
        "Virenscanner": State.MISSING
    }


# The client's library leaves its socket to the collector where it cannot connect.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_virus_scanner_that_does_not_answer_is_bad(tmp_path: Path) -> None:
    away = Settings(home=tmp_path, malware=Malware(socket=str(tmp_path / "none.sock")))
    assert _states(doctor_checks.malware(away)) == {"Virenscanner": State.BAD}


def test_without_trusted_lists_they_are_missing(tmp_path: Path) -> None:
    assert _states(doctor_checks.trusted_lists(Settings(home=tmp_path))) == {
        "Vertrauenslisten": State.MISSING
    }


def test_missing_is_not_ok_and_a_note_is_no_fault() -> None:
    assert not Remark(name="a", state=State.MISSING, text="").ok
    assert not Remark(name="a", state=State.BAD, text="").ok
    assert Remark(name="a", state=State.NOTE, text="").ok


def test_the_validator_that_is_set_is_looked_at(tmp_path: Path) -> None:
    elsewhere = Settings(home=tmp_path, ocr=Ocr(verapdf=str(tmp_path / "nothing")))
    assert _states(doctor_checks.tools(elsewhere))["veraPDF"] is State.MISSING


def test_pages_without_design_are_missing_and_the_remedy_is_named(tmp_path: Path) -> None:
    remark = doctor_program.web_files(tmp_path)
    assert remark.state is State.MISSING and "build-assets" in remark.remedy
    (tmp_path / "STAMP").write_text("x")
    assert doctor_program.web_files(tmp_path).state is State.GOOD
    assert "Web-Dateien" in [each.name for each in doctor_program.program()]


def test_a_home_that_the_group_may_read_is_bad(tmp_path: Path) -> None:
    for mode, state in ((0o700, State.GOOD), (0o740, State.BAD), (0o701, State.BAD)):
        tmp_path.chmod(mode)
        assert _states(doctor_checks.rights(Settings(home=tmp_path))) == {
            "Rechte des Datenordners": state
        }
    tmp_path.chmod(0o700)


def test_a_home_without_streams_is_not_good(tmp_path: Path) -> None:
    assert _states(doctor_checks.folders(Settings(home=tmp_path))) == {
        "Eingangsströme": State.MISSING
    }


def test_a_folder_and_the_person_on_duty_are_looked_at(tmp_path: Path) -> None:
    stream = Stream(folder="hot", department="bauamt")
    settings = Settings(home=tmp_path, streams={"post": stream})
    assert _states(doctor_checks.folders(settings)) == {"Eingangsordner post": State.MISSING}
    (tmp_path / "hot").mkdir(mode=0o700)
    assert _states(doctor_checks.folders(settings)) == {
        "Eingangsordner post": State.GOOD, "Übernommenes post": State.GOOD,
        "Person im Dienst post": State.MISSING,
    }  # fmt: skip


def test_a_seal_key_that_is_not_there_is_bad_and_costs_no_other_check(tmp_path: Path) -> None:
    word = tmp_path / "word"
    sealing = Settings(home=tmp_path, seal=Seal(pkcs12="none.p12", passphrase_file=str(word)))
    states = _states(run(doctor_checks.CHECKS, sealing))
    assert states["Siegelschlüssel"] is State.BAD
    assert states["Virenscanner"] is State.MISSING
    word.write_text("x")
    word.chmod(0o644)
    assert _states(doctor_checks.secrets(sealing)) == {"Kennwort des Siegelschlüssels": State.BAD}


def test_an_index_server_that_is_away_is_to_be_started_and_not_built_anew(tmp_path: Path) -> None:
    away = Settings(home=tmp_path, search=Search(engine="elasticsearch", url="http://127.0.0.1:9"))
    (remark,) = doctor_checks.index(away)
    assert remark.state is State.BAD
    assert "search.url" in remark.remedy and "reindex" not in remark.remedy


def test_the_trial_key_is_a_note(tmp_path: Path) -> None:
    assert _states(doctor_checks.seal(Settings(home=tmp_path))) == {"Siegelschlüssel": State.NOTE}


def test_a_check_that_cannot_be_made_is_bad_and_the_next_one_is_made(tmp_path: Path) -> None:
    def away(_: Settings) -> Iterator[Remark]:
        raise Unavailable("Der Server ist weg.")

    def fine(_: Settings) -> Iterator[Remark]:
        yield Remark(name="fine", state=State.GOOD, text="")

    remarks = list(run((("away", away), ("fine", fine)), Settings(home=tmp_path)))
    assert [(one.name, one.state) for one in remarks] == [
        ("away", State.BAD), ("fine", State.GOOD),
    ]  # fmt: skip
    assert "Der Server ist weg." in remarks[0].text


def test_a_database_that_does_not_answer_is_a_remark(tmp_path: Path) -> None:
    nowhere = Settings(home=tmp_path, database=Database(url="mysql://x"))
    remarks = list(run((("Datenbank", doctor_checks.database),), nowhere))
    assert [one.state for one in remarks] == [State.BAD]


def test_a_database_of_a_newer_program_is_not_to_be_migrated(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "registratur.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    connection.close()
    (remark,) = doctor_checks.database(Settings(home=tmp_path))
    assert remark.state is State.BAD
    assert (
        "9999" in remark.text and "Sicherung" in remark.text and "hilft hier nicht" in remark.remedy
    )


def test_without_a_home_only_the_program_is_judged(tmp_path: Path) -> None:
    states = _states(look(tmp_path / "gone", None))
    assert states["Datenordner"] is State.MISSING
    assert "Virenscanner" not in states


@pytest.mark.parametrize("name", [name for name, _ in doctor_checks.CHECKS])
def test_every_check_has_a_name_of_its_own(name: str) -> None:
    assert [each for each, _ in doctor_checks.CHECKS].count(name) == 1
