"""XML that is signed in any spelling, or carries what is signed, is never called unsigned."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from signing.detect import detect
from signing.report.interface import Conclusion, Integrity, Kind, Reason
from tests.unit.signing.make import cms, pdf, sign, signer, write
from tests.unit.signing.test_containers import packed, signed_container
from tests.unit.signing.test_xml_scope import ALL, BROKEN, DS, INTACT, OPEN, look, xml_signed

ERS = "urn:ietf:params:xml:ns:ers"
CADES = cms(b"x", signer(), detached=False)


def coded(data: bytes) -> bytes:
    return base64.encodebytes(data)


def renamed(prefix: str) -> bytes:
    return ALL.replace(b"ds:", prefix.encode() + b":").replace(b":ds=", f":{prefix}=".encode())


@pytest.mark.parametrize("prefix", ["p" * 150, "ü", "签名", "a" * 9 + "é" * 200])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_any_prefix(tmp_path: Path, prefix: str, encoding: str) -> None:
    data = renamed(prefix).decode().encode(encoding)
    assert detect(write(tmp_path, "d.xml", data)).forms == ("xml",)
    assert look(tmp_path, data).conclusion not in (Conclusion.UNSIGNED, INTACT)


def test_a_long_prefix_is_judged(tmp_path: Path) -> None:
    """The prefix is part of what is signed, so each is signed anew."""
    ours = "p" * 150
    signed = xml_signed(b"<R><a>100</a><SIG/></R>", "", prefix=ours)
    assert look(tmp_path, signed).conclusion is INTACT
    assert look(tmp_path, signed.replace(b">100<", b">999<")).conclusion is BROKEN


def test_an_entity_may_hold_the_signature(tmp_path: Path) -> None:
    hidden = (
        b"<!DOCTYPE R [<!ENTITY s \"&#60;Signature xmlns='" + DS.encode() + b"'/>\">]><R>&s;</R>"
    )
    assert look(tmp_path, hidden).conclusion is OPEN


def test_other_alphabets_of_machines(tmp_path: Path) -> None:
    data = b"<?xml version='1.0' encoding='cp037'?>" + ALL
    assert look(tmp_path, data.decode().encode("cp037")).conclusion is not Conclusion.UNSIGNED


@pytest.mark.parametrize("kind", ["urn:ietf:rfc:3369", "urn:etsi:cades"])
def test_a_package_of_the_archive_standard(tmp_path: Path, kind: str) -> None:
    """XAIP of BSI TR-03125: OASIS DSS holds the signature in base64."""
    data = (
        b'<x:XAIP xmlns:x="http://www.bsi.bund.de/tr-esor/xaip" xmlns:dss='
        b'"urn:oasis:names:tc:dss:1.0:core:schema"><dss:SignatureObject><dss:Base64Signature Type="'
        + kind.encode() + b'">' + coded(CADES) + b"</dss:Base64Signature></dss:SignatureObject></x:XAIP>"
    )  # fmt: skip
    assert look(tmp_path, data).conclusion in (OPEN, Conclusion.UNSUPPORTED)


PDF, ZIP = sign(pdf(), signer()), packed(signed_container({"a.txt": b"a"}))


@pytest.mark.parametrize("inner", [PDF, ZIP, ALL], ids=["pdf", "asic", "xml"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'<m><f name="b.pdf">', b"</f></m>"),
        (b"<m><f><![CDATA[", b"]]></f></m>"),
        (b"<m><f><!-- c -->\n  ", b"</f></m>"),
        (b'<m f="data:application/octet-stream;base64,', b'"/>'),
    ],
    ids=["text", "cdata", "comment", "attribute"],
)
def test_a_signed_file_within(tmp_path: Path, inner: bytes, before: bytes, after: bytes) -> None:
    """What it holds is as it was signed, and the document around it is nobody's."""
    report = look(tmp_path, before + coded(inner) + after)
    assert report.conclusion is OPEN
    (found, *_) = report.signatures
    assert found.integrity is Integrity.INTACT
    assert Reason.PART_NOT_COVERED in found.reasons
    assert not found.covers_whole_file
    assert (found.field or "").startswith("Datei 1 im XML")


def test_a_signed_file_in_a_plain_zip_within(tmp_path: Path) -> None:
    data = b"<m><f>" + coded(packed({"b.pdf": PDF})) + b"</f></m>"
    assert look(tmp_path, data).conclusion is OPEN


def test_a_changed_file_within(tmp_path: Path) -> None:
    changed = coded(PDF.replace(b"Bescheid", b"Entwurf!"))
    assert look(tmp_path, b"<m><f>" + changed + b"</f></m>").conclusion is BROKEN
    cut = coded(PDF)[:-400]
    assert look(tmp_path, b"<m><f>" + cut + b"</f></m>").conclusion is not Conclusion.UNSIGNED


@pytest.mark.parametrize(
    "inner",
    [
        pdf(),
        packed({"a.txt": b"a"}),
        b"<?xml version='1.0'?><a/>",
        b"MIIB" * 40,
        b"PART OF THE TEXT" * 9,
    ],
)
def test_what_is_not_signed_is_not(tmp_path: Path, inner: bytes) -> None:
    report = look(tmp_path, b"<m><f>" + coded(inner) + b"</f></m>")
    assert report.conclusion is Conclusion.UNSIGNED


def test_a_signed_document_with_a_signed_file(tmp_path: Path) -> None:
    document = b"<R><f>" + coded(PDF) + b"</f><SIG/></R>"
    report = look(tmp_path, xml_signed(document, ""))
    assert report.conclusion is INTACT
    assert [one.container for one in report.signatures] == ["XML", "PDF"]


# ------------------------------------------------------------------ evidence records


def test_a_word_is_no_evidence_record(tmp_path: Path) -> None:
    signed = xml_signed(b"<R><EvidenceRecord>100</EvidenceRecord><SIG/></R>", "")
    assert look(tmp_path, signed).conclusion is INTACT
    assert look(tmp_path, signed.replace(b">100<", b">999<")).conclusion is BROKEN
    plain = b"<R><EvidenceRecord>100</EvidenceRecord></R>"
    assert look(tmp_path, plain).conclusion is Conclusion.UNSIGNED


def test_an_evidence_record_in_a_signed_document(tmp_path: Path) -> None:
    record = b'<e:EvidenceRecord xmlns:e="' + ERS.encode() + b'" Version="1.0"/>'
    signed = xml_signed(b"<R><a>100</a>" + record + b"<SIG/></R>", "")
    report = look(tmp_path, signed)
    assert report.conclusion is Conclusion.UNSUPPORTED
    assert [(one.kind, one.conclusion) for one in report.signatures] == [
        (Kind.SIGNATURE, INTACT),
        (Kind.EVIDENCE_RECORD, Conclusion.UNSUPPORTED),
    ]
    assert look(tmp_path, signed.replace(b">100<", b">999<")).conclusion is BROKEN


@pytest.mark.parametrize(
    "record",
    [
        b'<EvidenceRecord xmlns="' + ERS.encode() + b'"/>',
        b'<e:EvidenceRecord xmlns:e="urn:ietf:params:xml:ns&#58;ers"/>',
        b"<x:asn1EvidenceRecord xmlns:x='urn:x'>MIIB</x:asn1EvidenceRecord>",
    ],
)
def test_an_evidence_record_alone(tmp_path: Path, record: bytes) -> None:
    report = look(tmp_path, b"<a>" + record + b"</a>")
    assert report.conclusion is Conclusion.UNSUPPORTED
    assert report.signatures[0].kind is Kind.EVIDENCE_RECORD
