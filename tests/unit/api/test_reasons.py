"""A reason says what it is about: which file, which kind, and what is accepted."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from archive.audit.trail import Actor
from archive.db import rows
from archive.model import Rendition, RenditionRole
from config.errors import HoldReason, InputError
from ingest.doors.intake import LINK, Arrival
from ingest.queue.fair_queueing import Kind, Sender
from ingest.road.checking import check
from ingest.road.verifying import Checked, _findings
from ocr.accepted_kinds import FileKind, accepted_names
from ocr.preflight.incoming import Limits
from ocr.preflight.inspection import inspect
from signing.report.interface import Conclusion
from tests.unit.api.building import House, report_without_signatures

LIMITS = Limits(max_bytes=10**7, max_pages=10, max_pixels_per_page=10**8)


def test_every_kind_that_is_accepted_is_named() -> None:
    """Each once and as people call it; the code of a kind is a name only where it is an abbreviation."""
    said = re.split(", | und ", accepted_names())
    accepted = [kind for kind in FileKind if kind not in (FileKind.EMPTY, FileKind.OTHER)]
    assert len(set(said)) == len(accepted)
    called = {"eml": "E-Mails", "timestamp": "Zeitstempel", "evidence_record": "Beweisdaten"}
    for kind, name in zip(accepted, said, strict=True):
        expected = called.get(kind.value, kind.value)
        assert expected.upper() in name.upper().replace(" ", ""), kind


def test_no_code_of_the_program_is_said_to_people() -> None:
    for word in re.findall(r"\w+", accepted_names()):
        assert "_" not in word
        assert word.lower() not in {"timestamp", "evidence", "record"}
    assert "OpenPGP" in accepted_names()


def test_a_kind_that_is_not_accepted_is_refused_with_the_whole_list(tmp_path: Path) -> None:
    file = tmp_path / "programm.exe"
    file.write_bytes(b"MZ\x90\x00" + bytes(200))
    with pytest.raises(InputError) as caught:
        inspect(file, LIMITS)
    assert caught.value.reason is HoldReason.TYPE_NOT_ACCEPTED
    for name in ("PDF", "TIFF", "E-Mails", "XML", "ASiC", "P7S"):
        assert name in caught.value.text


@pytest.mark.parametrize(
    "target", ["/etc/passwd", "%PDF-1.7", "From: a@b\nSubject: x\n\n", "<?xml?>"]
)
def test_a_link_is_refused_as_a_link_whatever_its_target_is_called(
    home: House, target: str
) -> None:
    arrival = Arrival(
        source=b"verknuepfung.pdf",
        stream="mailroom",
        by=Actor(user="hotfolder"),
        sender=Sender(Kind.FOLDER, "mailroom"),
        media_type=LINK,
    )
    item = home.service.intake.take(arrival, io.BytesIO(target.encode()))
    with pytest.raises(InputError) as caught:
        check(home.service.engines, item)
    assert caught.value.reason is HoldReason.TYPE_NOT_ACCEPTED
    assert "Verknüpfung nicht angenommen" in caught.value.text
    assert "Dateiart" not in caught.value.text
    with home.database.read() as session:
        (original,) = rows.item_renditions(session, item)
    assert original.media_type == LINK == "inode/symlink"


@pytest.mark.parametrize(
    ("role", "several", "said"),
    [
        (RenditionRole.ORIGINAL, False, ""),
        (RenditionRole.ORIGINAL, True, "Zuerst angekommene Datei „brief.pdf“: "),
        (RenditionRole.SUPPLEMENT, True, "Nachgereichte Datei „brief.pdf“: "),
    ],
)
def test_of_several_files_a_finding_names_its_own(
    role: RenditionRole, several: bool, said: str
) -> None:
    file = Rendition(
        role=role, sha256="ab" * 32, size=1, media_type="application/pdf", file_name="brief.pdf"
    )
    report = report_without_signatures("brief.pdf", Conclusion.INDETERMINATE)
    (found,) = _findings(Checked(file=file, report=report, kept=file), several=several)
    assert found.text.startswith(said) and ("„brief.pdf“" in found.text) is bool(said)
