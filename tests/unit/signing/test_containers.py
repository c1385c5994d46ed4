"""ASiC containers and XML files: what is signed in them, what is not, and what attackers do."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import unicodedata
import zipfile
from pathlib import Path
from typing import Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, SignatureConstructionMethod
from signxml.signer import XMLSigner
from signxml.verifier import XMLVerifier

from signing.report.interface import Conclusion, Indication, Reason, SignatureReport
from signing.validate import validate_file
from tests.unit.signing.make import AT, cms, pdf, sign, signer, write

LETTER = b"Sehr geehrte Damen und Herren"
ASIC = "http://uri.etsi.org/02918/v1.2.1#"


def look(folder: Path, name: str, data: bytes) -> SignatureReport:
    return validate_file(write(folder, name, data), (), AT, None, name)


def packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def manifest(files: dict[str, bytes], signature: str = "META-INF/signature.p7s") -> bytes:
    rows = "".join(
        f'<asic:DataObjectReference URI="{name}"><ds:DigestMethod '
        'Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>'
        f"{base64.b64encode(hashlib.sha256(data).digest()).decode()}"
        "</ds:DigestValue></asic:DataObjectReference>"
        for name, data in files.items()
    )
    return (
        f'<asic:ASiCManifest xmlns:asic="{ASIC}" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">'
        f'<asic:SigReference URI="{signature}"/>{rows}</asic:ASiCManifest>'
    ).encode()


def signed_container(files: dict[str, bytes]) -> dict[str, bytes]:
    """An ASiC-E with CAdES over a manifest."""
    named = manifest(files)
    return {
        **files,
        "META-INF/ASiCManifest.xml": named,
        "META-INF/signature.p7s": cms(named, signer(), detached=True),
    }


def test_one_file_with_cades(tmp_path: Path) -> None:
    members = {"letter.txt": LETTER, "META-INF/signature.p7s": cms(LETTER, signer(), detached=True)}
    report = look(tmp_path, "letter.asics", packed(members))
    assert report.conclusion is Conclusion.INTACT
    assert report.signatures[0].container == "ASiC"
    assert report.signatures[0].covers_whole_file
    changed = look(tmp_path, "x.asics", packed({**members, "letter.txt": LETTER + b"!"}))
    assert changed.conclusion is Conclusion.BROKEN


def test_several_files_with_a_manifest(tmp_path: Path) -> None:
    members = signed_container({"a.txt": b"a", "b.txt": b"b"})
    assert look(tmp_path, "a.asice", packed(members)).conclusion is Conclusion.INTACT


@pytest.mark.parametrize(
    ("change", "conclusion", "reason"),
    [
        ({"a.txt": b"A"}, Conclusion.BROKEN, Reason.DIGEST_MISMATCH),
        ({"a.txt": None}, Conclusion.INDETERMINATE, Reason.CONTENT_MISSING),
        ({"c.txt": b"c"}, Conclusion.CHANGED, Reason.PART_NOT_COVERED),
        ({"META-INF/ASiCManifest.xml": manifest({"a.txt": b"x"})}, Conclusion.BROKEN, None),
        ({"META-INF/ASiCManifest.xml": None}, Conclusion.INDETERMINATE, Reason.CONTENT_MISSING),
        ({"META-INF/signature.p7s": b"0"}, Conclusion.INDETERMINATE, Reason.UNREADABLE),
        ({"META-INF/other.p7s": b"0"}, Conclusion.INDETERMINATE, Reason.UNREADABLE),
    ],
)
def test_what_attackers_change_in_a_container(
    tmp_path: Path,
    change: dict[str, bytes | None],
    conclusion: Conclusion,
    reason: Reason | None,
) -> None:
    members: dict[str, bytes | None] = {**signed_container({"a.txt": b"a", "b.txt": b"b"})}
    members |= change
    kept = {name: data for name, data in members.items() if data is not None}
    report = look(tmp_path, "a.asice", packed(kept))
    assert report.conclusion is conclusion
    assert reason is None or reason in report.reasons


def test_two_signatures_over_a_file_each_take_in_the_whole(tmp_path: Path) -> None:
    first, second = (
        manifest({"a.txt": b"a"}, "META-INF/s1.p7s"),
        manifest({"b.txt": b"b"}, "META-INF/s2.p7s"),
    )
    members = {
        "a.txt": b"a",
        "b.txt": b"b",
        "META-INF/ASiCManifest1.xml": first,
        "META-INF/s1.p7s": cms(first, signer(), detached=True),
        "META-INF/ASiCManifest2.xml": second,
        "META-INF/s2.p7s": cms(second, signer(), detached=True),
    }
    report = look(tmp_path, "a.asice", packed(members))
    assert report.conclusion is Conclusion.INTACT
    assert Reason.PART_OF_ANOTHER in report.reasons
    assert not any(one.covers_whole_file for one in report.signatures)
    added = look(tmp_path, "a.asice", packed({**members, "c.txt": b"c"}))
    assert added.conclusion is Conclusion.CHANGED
    assert Reason.PART_NOT_COVERED in added.reasons


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("flag", [True, False])
def test_names_are_the_same_in_every_form(
    form: Literal["NFC", "NFD"], flag: bool, tmp_path: Path
) -> None:
    """Umlauts composed or not, and with or without the flag that says UTF-8."""
    named = manifest({"Bescheid für Müller.txt": b"a"})
    stored = unicodedata.normalize(form, "Bescheid für Müller.txt")
    data = packed({
        stored: b"a",
        "META-INF/ASiCManifest.xml": named,
        "META-INF/signature.p7s": cms(named, signer(), detached=True),
    })  # fmt: skip
    if not flag:
        data = data.replace(b"PK\x03\x04\x14\x00\x00\x08", b"PK\x03\x04\x14\x00\x00\x00")
        data = data.replace(
            b"PK\x01\x02\x14\x03\x14\x00\x00\x08", b"PK\x01\x02\x14\x03\x14\x00\x00\x00"
        )
    assert look(tmp_path, "a.asice", data).conclusion is Conclusion.INTACT


def test_two_members_with_one_name(tmp_path: Path) -> None:
    members = signed_container({"a.txt": b"a"})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.txt", b"something else")
    report = look(tmp_path, "a.asice", out.getvalue())
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.UNREADABLE in report.reasons


def test_an_unsigned_file_of_the_corpus_is_named(shared_data: Path) -> None:
    (path,) = (shared_data / "signatures" / "files").glob("*B-LT-V-34.asice")
    report = validate_file(path, (), AT, None, path.name)
    assert report.conclusion is Conclusion.CHANGED
    assert report.signatures[0].notes[0].detail == "unsigned.txt"


def test_a_container_in_which_nothing_is_signed(shared_data: Path) -> None:
    (path,) = (shared_data / "signatures" / "files").glob("*no-signed-file.asice")
    report = validate_file(path, (), AT, None, path.name)
    for signature in report.signatures:
        assert signature.indication is Indication.TOTAL_FAILED
        assert signature.sub_indication == "FORMAT_FAILURE"


def test_xades_of_the_corpus(shared_data: Path) -> None:
    for part in ("InvalidMimetype", "validTsSignature", "B-LT-I-26"):
        (path,) = (shared_data / "signatures" / "files").glob(f"*{part}*.asice")
        report = validate_file(path, (), AT, None, path.name)
        assert report.conclusion is Conclusion.INTACT
        (signature,) = report.signatures
        assert signature.format == "XAdES"
        assert signature.signing_time is not None


def xml_signed(way: str, data: bytes = b"<a><b>text</b></a>") -> bytes:
    by = signer()
    assert by.signing_cert is not None and by.signing_key is not None
    key = serialization.load_der_private_key(by.signing_key.dump(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    pem = base64.encodebytes(by.signing_cert.dump())
    certificate = b"-----BEGIN CERTIFICATE-----\n" + pem + b"-----END CERTIFICATE-----\n"
    made = XMLSigner(
        method=SignatureConstructionMethod[way],
        signature_algorithm="ecdsa-sha256",
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    ).sign(etree.fromstring(data), key=key, cert=certificate.decode())
    return bytes(etree.tostring(made))


@pytest.mark.parametrize("way", ["enveloped", "enveloping"])
def test_xml_files(tmp_path: Path, way: str) -> None:
    data = xml_signed(way)
    report = look(tmp_path, "a.xml", data)
    assert report.conclusion is Conclusion.INTACT
    assert report.signatures[0].format == "XMLDSig"
    broken = look(tmp_path, "b.xml", data.replace(b"text", b"test"))
    assert broken.conclusion is Conclusion.BROKEN
    assert Reason.DIGEST_MISMATCH in broken.reasons


def test_the_library_agrees(tmp_path: Path) -> None:
    """signxml verifies what we call intact, and refuses what we call broken."""
    data = xml_signed(
        "enveloped", b"<a xmlns='urn:x' z='1' y='2'><b>&amp; \n text</b><!-- c --></a>"
    )
    assert look(tmp_path, "a.xml", data).conclusion is Conclusion.INTACT
    encoded = base64.b64decode(data.split(b"X509Certificate>")[1].split(b"</")[0])
    XMLVerifier().verify(data, x509_cert=x509.load_der_x509_certificate(encoded))


def test_content_moved_out_of_the_signed_element(tmp_path: Path) -> None:
    """Signature wrapping: the signed element stays, another takes its place."""
    inner = xml_signed("enveloped", b"<a><b>text</b></a>").decode()
    wrapped = f"<all><evil>pay me</evil>{inner}</all>".encode()
    report = look(tmp_path, "w.xml", wrapped)
    assert report.conclusion is not Conclusion.INTACT


def test_xml_with_a_doctype_is_not_read(tmp_path: Path) -> None:
    data = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + xml_signed("enveloped")
    report = look(tmp_path, "d.xml", data)
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.UNREADABLE in report.reasons


@pytest.mark.parametrize(
    ("name", "form"),
    [("_xmlsignatures/sig1.xml", "OOXML"), ("META-INF/documentsignatures.xml", "ODF")],
)
def test_forms_that_are_not_checked_are_said(tmp_path: Path, name: str, form: str) -> None:
    report = look(tmp_path, "x.zip", packed({"content": b"x", name: b"<x/>"}))
    assert report.conclusion is Conclusion.UNSUPPORTED
    assert report.signatures[0].container == form
    assert Reason.FORMAT_NOT_CHECKED in report.reasons


def test_a_damaged_container_is_no_pass(tmp_path: Path) -> None:
    report = look(tmp_path, "a.asice", packed(signed_container({"a.txt": b"a"}))[:-30])
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.UNREADABLE in report.reasons


def test_a_directory_that_points_before_the_file(tmp_path: Path) -> None:
    """Some zip readers seek there; that is the file's fault and no disk error."""
    data = bytearray(packed(signed_container({"a.txt": LETTER})))
    end = data.rindex(b"PK\x05\x06")
    place = int.from_bytes(data[end + 16 : end + 20], "little") + 5000
    data[end + 16 : end + 20] = place.to_bytes(4, "little")
    report = look(tmp_path, "a.asice", bytes(data))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert report.reasons


def test_signatures_of_the_files_inside_count(tmp_path: Path) -> None:
    good = sign(pdf(), signer())
    bad = good.replace(b"Bescheid 1", b"Bescheid 9")
    for inner, conclusion in ((good, Conclusion.INTACT), (bad, Conclusion.BROKEN)):
        report = look(tmp_path, "a.asice", packed(signed_container({"a.pdf": inner})))
        assert report.conclusion is conclusion
        assert [s.field for s in report.signatures] == [
            "META-INF/signature.p7s",
            "a.pdf: Unterschrift",
        ]
        message = cms(inner, signer(), detached=False)
        held = look(tmp_path, "a.pdf.p7m", message)
        assert held.conclusion is conclusion
        assert [s.field for s in held.signatures] == [None, "Inhalt: Unterschrift"]


def test_a_russian_doll_ends(tmp_path: Path) -> None:
    data = b"the smallest"
    for _ in range(8):
        data = cms(data, signer(), detached=False)
    report = look(tmp_path, "doll.p7m", data)
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.CHECK_DIED in report.reasons


# ------------------------------------------------------------------ what other programs unpack


@pytest.mark.parametrize(
    "name",
    [
        "META-INF/../letter.txt",
        "META-INF/./letter.txt",
        "META-INF//letter.txt",
        "META-INF/letter.txt",
        "META-INF/more/letter.txt",
        "META-INF/signatures/letter.txt",
        "META-INF/brief.pdf",
        "../letter.txt",
        "/letter.txt",
        "./letter.txt",
        "C:/letter.txt",
        "META-INF\\..\\letter.txt",
        "META-INF/signature.xml\n/letter.txt",
        "LETTER.TXT",
        "meta-inf/letter.txt",
    ],
)
def test_no_member_hides_from_the_signatures_by_its_name(name: str, tmp_path: Path) -> None:
    signature = cms(LETTER, signer(), detached=True)
    members = {name: b"Anderes", "letter.txt": LETTER, "META-INF/signature.p7s": signature}
    report = look(tmp_path, "a.asics", packed(members))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert report.reasons


@pytest.mark.parametrize("where", ["before", "between", "behind"])
def test_a_member_that_is_not_listed_is_seen(where: str, tmp_path: Path) -> None:
    """A program that reads a stream takes members by their own headers, not by the list."""
    signature = cms(LETTER, signer(), detached=True)
    whole = packed({"letter.txt": LETTER, "META-INF/signature.p7s": signature})
    forged = packed({"letter.txt": b"Anderes, gleich lang wie der Brief"})
    local = forged[: forged.index(b"PK\x01\x02")]
    second, listed = whole.index(b"PK\x03\x04", 4), whole.index(b"PK\x01\x02")
    at = {"before": 0, "between": second, "behind": listed}[where]
    data = whole[:at] + local + whole[at:]
    data = _relisted(data, {"letter.txt": LETTER, "META-INF/signature.p7s": signature}, local)
    assert look(tmp_path, "a.asics", data).conclusion is Conclusion.INDETERMINATE


def _relisted(data: bytes, members: dict[str, bytes], unlisted: bytes) -> bytes:
    """The same with a list that points to the members behind the one that was put in."""
    begins = data.index(b"PK\x01\x02")
    listed = bytearray(data[begins:])
    places = [m.start() for m in re.finditer(b"PK\x03\x04", data[:begins])]
    real = [at for at in places if not data.startswith(unlisted, at)]
    at = 0
    for place in real[: len(members)]:
        at = listed.index(b"PK\x01\x02", at)
        listed[at + 42 : at + 46] = place.to_bytes(4, "little")
        at += 4
    end = listed.index(b"PK\x05\x06")
    listed[end + 16 : end + 20] = begins.to_bytes(4, "little")
    return data[:begins] + bytes(listed)
