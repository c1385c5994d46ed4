"""Signed, whatever lies around it: never "unsigned"; and intact only where nothing foreign does."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import cms as cms_types
from asn1crypto import tsp
from hypothesis import given
from hypothesis import strategies as st

from config.wrapping import unwrap
from signing.detect import detect
from signing.report.interface import Conclusion
from signing.validate import validate_file
from tests.unit.signing.make import AT, cms, signer, write

TEXT = b"Genehmigt."
NOISE = b"\x00\x01Kopfzeile\r\n"


@pytest.fixture(scope="module")
def message() -> bytes:
    return cms(TEXT, signer(), detached=False)


def pem(message: bytes, label: bytes = b"PKCS7") -> bytes:
    coded = base64.encodebytes(message)
    return b"-----BEGIN " + label + b"-----\n" + coded + b"-----END " + label + b"-----\n"


def mail_of(message: bytes) -> bytes:
    return (
        b"From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(message)
    )


Wrap = Callable[[bytes], bytes]
WRAPPINGS: dict[str, Wrap] = {
    "plain": lambda m: m,
    "base64": base64.b64encode,
    "base64 in lines": base64.encodebytes,
    "base64 unpadded": lambda m: base64.b64encode(m).rstrip(b"="),
    "base64 of the URL kind": base64.urlsafe_b64encode,
    "base64 with a byte order mark": lambda m: b"\xef\xbb\xbf" + base64.encodebytes(m),
    "base64 in UTF-16": lambda m: base64.encodebytes(m).decode().encode("utf-16"),
    "base64 twice": lambda m: base64.encodebytes(base64.encodebytes(m)),
    "PEM": pem,
    "PEM of another label": lambda m: pem(m, b"CMS"),
    "PEM in base64": lambda m: base64.encodebytes(pem(m)),
    "PEM with Windows lines": lambda m: pem(m).replace(b"\n", b"\r\n"),
    "a line end before": lambda m: b"\n" + m,
    "blank lines before": lambda m: b"\r\n\r\n" + base64.encodebytes(m),
    "mail": mail_of,
    "mail with a byte order mark": lambda m: b"\xef\xbb\xbf" + mail_of(m),
    "mail of an mbox": lambda m: b"From a@example.org Mon Jan  5 2026\r\n" + mail_of(m),
}
FOREIGN: dict[str, Wrap] = {
    "PEM with text before it": lambda m: b"Anbei der Bescheid:\n\n" + pem(m),
    "PEM with text after it": lambda m: pem(m) + b"\nZahlen Sie 9999 Euro\n",
    "PEM with another one after it": lambda m: pem(m) + pem(m),
    "noise before": lambda m: NOISE + m,
    "mail with a banner": lambda m: b"[Externe Nachricht]\r\n\r\n" + mail_of(m),
    "mail after blank lines": lambda m: b"\r\n\r\n" + mail_of(m),
}


@pytest.mark.parametrize("how", WRAPPINGS)
def test_a_wrapped_message_is_intact(how: str, message: bytes, tmp_path: Path) -> None:
    path = write(tmp_path, "brief", WRAPPINGS[how](message))
    assert validate_file(path, (), AT, None, how).conclusion is Conclusion.INTACT
    assert detect(path).signed


@pytest.mark.parametrize("how", FOREIGN)
def test_foreign_bytes_around_a_message_make_it_indeterminate(
    how: str, message: bytes, tmp_path: Path
) -> None:
    path = write(tmp_path, "brief", FOREIGN[how](message))
    assert validate_file(path, (), AT, None, how).conclusion is Conclusion.INDETERMINATE
    assert detect(path).signed


@pytest.mark.parametrize("how", [*WRAPPINGS, *FOREIGN])
def test_a_changed_message_is_never_intact(how: str, message: bytes, tmp_path: Path) -> None:
    changed = message.replace(TEXT, b"Abgelehnt.")
    path = write(tmp_path, "brief", {**WRAPPINGS, **FOREIGN}[how](changed))
    found = validate_file(path, (), AT, None, how).conclusion
    assert found in (Conclusion.BROKEN, Conclusion.INDETERMINATE)


def test_openpgp_is_signed_and_not_checked(tmp_path: Path) -> None:
    text = (
        b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nJa\n-----BEGIN PGP SIGNATURE-----\n"
    )
    path = write(tmp_path, "brief.asc", text)
    assert validate_file(path, (), AT, None, "brief.asc").conclusion is Conclusion.UNSUPPORTED


@pytest.mark.parametrize("before", [b"\r\n", b"\xef\xbb\xbf", b"x" * 900])
def test_a_container_with_bytes_before_it_is_not_unsigned(before: bytes, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", TEXT)
        archive.writestr("META-INF/signature.p7s", cms(TEXT, signer(), detached=True))
    path = write(tmp_path, "a.asice", before + out.getvalue())
    report = validate_file(path, (), AT, None, "a.asice")
    foreign = bool(before.strip(b"\xef\xbb\xbf\r\n"))
    assert (report.conclusion is Conclusion.INDETERMINATE) == foreign
    assert report.forms == ("asic",)


@pytest.mark.parametrize("strings", [[], ["Operation Okay"], ["x" * 300]])
def test_a_response_holds_its_token(strings: list[str], message: bytes) -> None:
    status: dict[str, object] = {"status": "granted"}
    if strings:
        status["status_string"] = strings
    response = tsp.TimeStampResp(
        {"status": status, "time_stamp_token": cms_types.ContentInfo.load(message)}
    )
    assert unwrap(response.dump()).data == message


@given(st.binary(max_size=300))
def test_what_is_no_message_comes_back_as_it_is(data: bytes) -> None:
    if b"\x06\x09\x2a\x86\x48" not in data:
        assert not unwrap(data).is_signed


@given(st.binary(max_size=60), st.sampled_from(sorted(WRAPPINGS)))
def test_cut_and_spliced_wrappings_end_in_an_answer(noise: bytes, how: str) -> None:
    data = WRAPPINGS[how](b"\x30\x80" + bytes.fromhex("06092a864886f70d010702") + noise)
    for cut in (data, data[: len(data) // 2], noise + data):
        unwrap(cut)
        unwrap(cut, whole=False)
