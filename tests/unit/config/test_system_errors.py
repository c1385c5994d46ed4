"""What the system says reaches people in German, with the path and without Python's words."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from api.commands.service.doctor import run
from archive.db.database import unavailable
from config.settings import Settings
from config.system_errors import of_database, of_path, why


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_no_error_of_the_system_is_told_in_its_own_language(number: int) -> None:
    error = OSError(number, "No space left on device", "/srv/registratur")
    assert "[Errno" not in why(error) and "No space" not in why(error)
    assert of_path(error) == f"/srv/registratur: {why(error)}"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "die Platte ist voll"),
        (errno.EROFS, "die Platte ist nur lesbar"),
        (errno.EIO, "Schreibfehler"),
        (errno.EACCES, "keine Zugriffsrechte"),
        (errno.ESTALE, "nicht mehr eingehängt"),
        (errno.EMFILE, "zu viele offene Dateien"),
    ],
)
def test_common_ones_have_their_sentence(number: int, said: str) -> None:
    assert said in why(OSError(number, "x"))


def test_what_has_no_number_and_what_is_in_bytes() -> None:
    assert why(TimeoutError()) == "keine Antwort in der erlaubten Zeit"
    assert why(OSError("x")) == "unbekannter Systemfehler"
    assert of_path(OSError(errno.ENOENT, "x", b"/a\xff")) == "/a\\xff: gibt es nicht"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("database or disk is full", "die Platte ist voll"),
        ("attempt to write a readonly database", "sie ist nur lesbar"),
        ("disk I/O error", "die Platte meldet einen Lese- oder Schreibfehler"),
        ("database is locked", "sie ist gesperrt"),
        ('connection to server at "x" failed: Connection refused', "sie nimmt keine Verbindung an"),
        ("server closed the connection unexpectedly", "sie antwortet nicht"),
    ],
)
def test_what_a_database_says(text: str, said: str) -> None:
    assert of_database(sqlite3.OperationalError(text)) == said


def test_a_full_disk_is_told_by_the_database_in_german() -> None:
    import sqlalchemy as sa

    cause = sqlite3.OperationalError("database or disk is full")
    found = unavailable(sa.exc.OperationalError("INSERT", {}, cause))
    assert found is not None and "die Platte ist voll" in str(found)
    assert "database" not in str(found) and "INSERT" not in str(found)


def test_doctor_tells_what_it_could_not_check_in_german(tmp_path: Path) -> None:
    def fails(_: Settings) -> list[object]:
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path))

    (remark,) = run([("Probe", fails)], Settings(home=tmp_path))  # type: ignore[list-item]
    assert remark.text == f"konnte nicht geprüft werden: {tmp_path}: keine Zugriffsrechte"
