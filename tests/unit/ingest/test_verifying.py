"""What the trail and the findings say of a signature check: no signature that nobody saw."""

from __future__ import annotations

import base64
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.model import Rendition, RenditionRole
from ingest.road.verifying import Checked, _findings, audited
from signing.report.interface import SignatureReport
from signing.validate import validate_file
from tests.unit.signing.make import AT, pdf, sign, signer


def zipped(data: bytes, *, closed: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("brief.pdf", data)
    made = bytearray(out.getvalue())
    for record, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        made[made.index(record) + flags] |= closed  # as if it were enciphered
    return bytes(made)


def checked(folder: Path, attachment: bytes) -> Checked:
    path = folder / "m.eml"
    path.write_bytes(
        b'From: a@b\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary="O"\r\n\r\n--O\r\n\r\n'
        b"Anbei\r\n--O\r\nContent-Type: application/zip; name=x.zip\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(attachment) + b"--O--\r\n"
    )
    report: SignatureReport = validate_file(path, (), AT, None, "m.eml")
    file = Rendition(
        role=RenditionRole.ORIGINAL, sha256="0" * 64, size=1, media_type="message/rfc822",
        file_name="m.eml", created_at=datetime(2026, 5, 4, tzinfo=UTC),
    )  # fmt: skip
    return Checked(file=file, report=report, kept=file)


@pytest.mark.parametrize(
    ("attachment", "signed", "count"),
    [
        (zipped(sign(pdf(), signer())), True, 1),
        (zipped(pdf(), closed=True), False, 0),
        (zipped(pdf())[:-30], False, 0),
    ],
    ids=["signed", "enciphered", "damaged"],
)
def test_a_zip_that_cannot_be_looked_into_counts_as_no_signature(
    attachment: bytes, signed: bool, count: int, tmp_path: Path
) -> None:
    check = checked(tmp_path, attachment)
    assert audited((check,))["signatures"] == count
    (finding,) = _findings(check, several=False)
    assert finding.detail["signed"] is signed
