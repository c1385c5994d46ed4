"""Detection: what is signed is seen, whatever it is called; noise is not."""

from __future__ import annotations

import base64
import csv
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.detect import Detection, detect
from signing.formats.pdf.byte_ranges import name_pattern
from signing.report.interface import Conclusion
from signing.validate import validate_file
from tests.unit.signing.make import AT, cms, pdf, sign, signer, write


def seen(folder: Path, data: bytes) -> Detection:
    return detect(write(folder, "file", data))


def packed(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    return out.getvalue()


def test_all_of_the_corpus_is_seen(shared_data: Path) -> None:
    folder = shared_data / "signatures"
    forms = {"pdf": "pdf", "p7m": "cms", "p7s": "cms", "asice": "asic", "ers": "ers"}
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found = detect(folder / row["file"])
            if row["file"].endswith("bf23595d_sample.pdf"):
                assert found == Detection(forms=(), signed=False, fields=0)
            else:
                assert found.forms == (forms[row["kind"]],), row["file"]
                assert found.signed, row["file"]


def test_unsigned_inputs_are_not(shared_data: Path) -> None:
    for part in ("pdfa", "scans", "barcodes", "einvoice"):
        for path in sorted((shared_data / part).rglob("*"))[:60]:
            if path.is_file() and b"/ByteRange" not in path.read_bytes():
                assert not detect(path).signed, path.name


def test_a_signed_pdf_without_flags(tmp_path: Path) -> None:
    signed = sign(pdf(), signer())
    assert seen(tmp_path, signed) == Detection(forms=("pdf",), signed=True, fields=1)
    unflagged = signed.replace(b"/SigFlags 3", b"/SigFlags 0")
    assert seen(tmp_path, unflagged).signed


def test_names_may_be_escaped(tmp_path: Path) -> None:
    signed = (
        sign(pdf(), signer())
        .replace(b"/ByteRange", b"/B#79te#52ange")
        .replace(b"/Type /Sig", b"/Typ#65 /S#69g")
    )
    assert seen(tmp_path, signed).signed


def test_an_empty_field_is_a_place_and_no_signature(tmp_path: Path) -> None:
    empty = b"%PDF-1.7\n1 0 obj<</FT /Sig /T(a)>>endobj <</SigFlags 1>>"
    assert seen(tmp_path, empty) == Detection(forms=("pdf",), signed=False, fields=0)


@pytest.mark.parametrize("text", [b"/FT /SigFieldLock", b"/Type /SigRef", b"/ByteRangeX [0 1]"])
def test_longer_names_are_other_names(tmp_path: Path, text: bytes) -> None:
    assert not seen(tmp_path, b"%PDF-1.7\n" + text).forms


def test_cms_in_every_armour(tmp_path: Path) -> None:
    message = cms(b"x" * 5000, signer(), detached=False)
    text = base64.encodebytes(message)
    for data in (
        message,
        text,
        b"-----BEGIN PKCS7-----\n" + text + b"-----END PKCS7-----\n",
        b"-----BEGIN CMS-----\r\n" + text.replace(b"\n", b"\r\n") + b"-----END CMS-----\r\n",
    ):
        assert seen(tmp_path, data) == Detection(forms=("cms",), signed=True)


@pytest.mark.parametrize(
    ("names", "form"),
    [
        (("mimetype", "letter.pdf", "META-INF/signature.p7s"), "asic"),
        (("letter.pdf", "META-INF/signatures001.xml"), "asic"),
        (("letter.pdf", "META-INF/timestamp.tst"), "asic"),
        (("word/document.xml", "_xmlsignatures/sig1.xml"), "ooxml"),
        (("content.xml", "META-INF/documentsignatures.xml"), "odf"),
        (("content.xml", "META-INF/manifest.xml"), None),
        (("a.txt",), None),
    ],
)
def test_archives(tmp_path: Path, names: tuple[str, ...], form: str | None) -> None:
    found = seen(tmp_path, packed(*names))
    assert found.forms == ((form,) if form else ())
    assert found.signed is bool(form)


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b"From: a@b\r\nContent-Type: multipart/signed; protocol=x\r\n\r\n", "smime"),
        (
            b"Subject: x\nContent-Type:\n application/pkcs7-mime; smime-type=signed-data\n\n",
            "smime",
        ),
        (b"From: a@b\r\nContent-Type: text/plain\r\n\r\nhello", None),
        (
            b'<a><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/></a>',
            "xml",
        ),
        (b"\xef\xbb\xbf<a>Signature of something</a>", None),
        (
            '<a><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></a>'.encode("utf-16"),
            "xml",
        ),
    ],
)
def test_mail_and_xml(tmp_path: Path, data: bytes, form: str | None) -> None:
    assert seen(tmp_path, data).forms == ((form,) if form else ())


@given(
    st.binary(max_size=2000),
    st.sampled_from([b"", b"%PDF-1.4", b"PK", b"\x30\x82", b"<", b"From:"]),
)
def test_any_bytes_have_an_answer(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, head: bytes
) -> None:
    folder = tmp_path_factory.getbasetemp()
    seen(folder, head + noise)


def test_the_pattern_takes_each_character_plain_or_escaped() -> None:
    import re

    pattern = re.compile(name_pattern("Sig"))
    for text in (b"/Sig ", b"/S#69g>", b"/#53#69#67", b"/#53#69#67/"):
        assert pattern.search(text)
    for text in (b"/sig", b"/Sigx", b"/Sig#20", b"Sig"):
        assert not pattern.search(text)


def test_a_pdf_in_something_else_is_the_something_else(tmp_path: Path) -> None:
    """A container or a message that holds a PDF near its beginning is no PDF."""
    signed = sign(pdf(), signer())
    assert seen(tmp_path, cms(signed, signer(), detached=False)).forms == ("cms",)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.pdf", signed)
        archive.writestr("META-INF/signature.p7s", b"x")
    assert seen(tmp_path, out.getvalue()).forms == ("asic",)


@pytest.mark.parametrize("head", [b"From: a@example.org\n", b"PK\x03\x04", b"<!-- ", b"0\n"])
def test_a_signed_pdf_behind_something_else_is_seen(tmp_path: Path, head: bytes) -> None:
    assert seen(tmp_path, head + sign(pdf(), signer())) == Detection(
        forms=("pdf",), signed=True, fields=1
    )


def test_a_damaged_container_is_still_signed(tmp_path: Path) -> None:
    damaged = packed("a.txt", "META-INF/signature.p7s")[:-30]
    assert seen(tmp_path, damaged) == Detection(forms=("asic",), signed=True)


def test_a_signed_pdf_without_its_first_line_is_not_unsigned(tmp_path: Path) -> None:
    data = sign(pdf(), signer()).replace(b"%PDF-", b"%QDF-", 1)
    path = write(tmp_path, "letter.pdf", data)
    found = detect(path)
    assert found.forms == ("pdf",) and found.signed
    report = validate_file(path, (), AT, None, "letter.pdf")
    assert report.conclusion not in (Conclusion.UNSIGNED, Conclusion.INTACT)
    assert report.reasons
