"""Bad input gets a clear reason, is kept, and costs nothing but itself."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from archive.store.objects_folder import FolderStore
from ocr.synthetic_letters import save_pdf
from tests.acceptance.home import Home, small_scan


def _pdf(tmp_path: Path, number: int, **words: Any) -> bytes:
    out = tmp_path / f"made-{number}.pdf"
    save_pdf([Image.open(io.BytesIO(small_scan(number)))], out, **words)
    return out.read_bytes()


def _tiff(number: int) -> bytes:
    data = io.BytesIO()
    Image.open(io.BytesIO(small_scan(number))).convert("L").save(data, "TIFF", dpi=(150, 150))
    return data.getvalue()


def _launching(tmp_path: Path) -> bytes:
    out = tmp_path / "launch.pdf"
    with pikepdf.open(io.BytesIO(_pdf(tmp_path, 90))) as pdf:
        action = pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("calc.exe"))
        pdf.Root.OpenAction = action
        pdf.save(out)
    return out.read_bytes()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home.make(tmp_path_factory.mktemp("bad") / "home")


@pytest.fixture(scope="module")
def outcomes(home: Home, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """All bad files dropped at once, with good ones between them; the items by dropped name."""
    made = tmp_path_factory.mktemp("made")
    folder = home.path / "hot" / "mailroom"
    truncated_pdf, truncated_tiff = _pdf(made, 3), _tiff(4)
    for name, content in {
        "leer.pdf": b"",
        "bild-als.pdf": small_scan(1),
        "text.pdf": b"Das ist kein PDF.",
        "verschluesselt.pdf": _pdf(made, 2, password="geheim"),
        "abgeschnitten.pdf": truncated_pdf[: len(truncated_pdf) * 2 // 3],
        "abgeschnitten.tif": truncated_tiff[: len(truncated_tiff) // 2],
        "startet-programm.pdf": _launching(made),
        "gut-dazwischen.jpg": small_scan(5),
        "ä" * 120 + ".jpg": small_scan(6),
        "drop table; <img src=x onerror=alert(1)> ..jpg": small_scan(7),
    }.items():
        home.drop(name, content)
    odd = os.fsencode(folder) + b"/brief-\xff\xfe.jpg"
    with open(odd, "wb") as file:  # noqa: PTH123 - a name that is no text
        file.write(small_scan(8))
    home.dropped["brief-\\xff\\xfe.jpg"] = hashlib.sha256(small_scan(8)).hexdigest()
    secret = made / "secret.txt"
    secret.write_text("not to be taken in")
    (folder / "verknuepfung.pdf").symlink_to(secret)
    home.dropped["verknuepfung.pdf"] = hashlib.sha256(os.fsencode(secret)).hexdigest()
    (folder / "stapel 7" / "tief").mkdir(parents=True)
    (folder / "stapel 7" / "tief" / "scan.jpg").write_bytes(small_scan(9))
    home.dropped["scan.jpg"] = hashlib.sha256(small_scan(9)).hexdigest()
    os.mkfifo(folder / "rohr.pdf")
    home.start()
    home.wait_until_done()
    found = home.statuses()
    answer = {name: found[sha][0] for name, sha in home.dropped.items()}
    home.stop()
    return answer


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("leer.pdf", "leer"),
        ("text.pdf", "nicht angenommen"),
        ("verschluesselt.pdf", "verschlüsselt"),
        ("startet-programm.pdf", "Launch"),
        ("verknuepfung.pdf", "nicht angenommen"),
    ],
)
def test_is_held_with_its_reason(outcomes: dict[str, Any], name: str, words: str) -> None:
    assert outcomes[name]["outcome"] == "held"
    assert words in outcomes[name]["reason"]


@pytest.mark.parametrize(
    "name",
    [
        "bild-als.pdf",
        "abgeschnitten.tif",
        "gut-dazwischen.jpg",
        "ä" * 120 + ".jpg",
        "drop table; <img src=x onerror=alert(1)> ..jpg",
        "brief-\\xff\\xfe.jpg",
        "scan.jpg",
    ],
)
def test_what_can_be_shown_is_archived(outcomes: dict[str, Any], name: str) -> None:
    assert outcomes[name]["outcome"] == "archived", outcomes[name]
    assert outcomes[name]["source"].endswith(name)


def test_a_truncated_pdf_ends_in_one_state_with_a_reason(outcomes: dict[str, Any]) -> None:
    item = outcomes["abgeschnitten.pdf"]
    assert item["outcome"] == "archived" or (item["outcome"] == "held" and item["reason"])


def test_originals_are_kept_byte_for_byte(home: Home, outcomes: dict[str, Any]) -> None:
    store = FolderStore(home.path / "objects")
    for item in outcomes.values():
        assert store.check(item["sha256"]) == "ok"


def test_the_target_of_a_link_is_never_taken(home: Home, outcomes: dict[str, Any]) -> None:
    assert outcomes["verknuepfung.pdf"]["outcome"] == "held"
    kept = [path.read_bytes() for path in (home.path / "objects").rglob("*") if path.is_file()]
    assert not any(b"not to be taken in" in content for content in kept)


def test_what_is_no_file_stays_and_is_named(home: Home, outcomes: dict[str, Any]) -> None:
    left = [path.name for path in (home.path / "hot" / "mailroom").iterdir()]
    assert "rohr.pdf" in left
    assert "rohr.pdf" in home.log()


def test_the_rest_verifies(home: Home, outcomes: dict[str, Any]) -> None:
    judged = home.json("verify", "--all", "--seals")
    assert all(one["ok"] for one in judged)
