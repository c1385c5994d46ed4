"""What ``registratur status`` prints for people."""

from __future__ import annotations

import pytest

from api.commands.records.status import show

ROW = {
    "id": "i01a2041ea69da436a390c46811ad429d",
    "received_at": "2026-03-01T08:00:00+00:00",
    "stream": "mailroom",
    "stage": "held",
    "outcome": "held",
    "source": "brief.pdf",
    "reason": "Die Datei ist leer.",
    "waiting_for": None,
}


def test_the_id_can_be_copied_and_the_reason_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    show({"items": [ROW]})
    printed = capsys.readouterr().out
    assert str(ROW["id"]) in printed
    assert "Zu klären" in printed
    assert "Die Datei ist leer." in printed


def test_a_file_name_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show({"items": [{**ROW, "source": "a\x1b[2Jb\r[bold]c[/bold].pdf"}]})
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert "a�[2Jb�[bold]c[/bold].pdf" in printed


def test_what_still_walks_shows_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    show({"items": [{**ROW, "outcome": None, "stage": "verified", "reason": None}]})
    assert "Signaturen geprüft" in capsys.readouterr().out
