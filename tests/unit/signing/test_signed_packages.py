"""Packages with a form of signature of their own: a list of members is signed, and that list is not
followed here. So they are named, and their signature is not taken for one over the list as a file."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from pathlib import Path

import pytest
from pyhanko.sign.signers import SimpleSigner

from signing.report.interface import Conclusion
from signing.validate import validate_file
from tests.unit.signing.make import AT, cms, pdf, sign, signer, write
from tests.unit.signing.test_mail_forms import zipped
from tests.unit.signing.test_mail_scope import attached, look, mixed


@pytest.fixture(scope="module")
def by() -> SimpleSigner:
    return signer()


def packed(members: dict[str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def jar(by: SimpleSigner, ending: str = "EC", how: int = zipfile.ZIP_STORED) -> bytes:
    """A signed JAR whose file was changed: what is signed is a list of a list of the files."""

    def digest(data: bytes) -> bytes:
        return base64.b64encode(hashlib.sha256(data).digest())

    files = (
        b"Manifest-Version: 1.0\r\n\r\nName: a.txt\r\nSHA-256-Digest: " + digest(b"100") + b"\r\n"
    )
    listed = b"Signature-Version: 1.0\r\nSHA-256-Digest-Manifest: " + digest(files) + b"\r\n\r\n"
    return packed(
        {
            "META-INF/MANIFEST.MF": files,
            "META-INF/KREIS.SF": listed,
            f"META-INF/KREIS.{ending}": cms(listed, by, detached=True),
            "a.txt": b"9999 Euro",
        },
        how,
    )


def others(by: SimpleSigner) -> dict[str, dict[str, bytes]]:
    hashed = b"Version:1\n\nSHA256-Hash:x\n"
    xml = b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignatureValue/></Signature>'
    return {
        "a package of programs": {".signature.p7s": cms(hashed, by, detached=False), "a.txt": b"x"},
        "XPS": {"package/services/digital-signature/xml-signature/1.psdsxs": xml, "a.fdseq": b"x"},
        "a word processor's": {"_xmlsignatures/sig1.xml": xml, "word/document.xml": b"<a/>"},
        "an extension": {"META-INF/cose.sig": b"\xd8\x62", "META-INF/cose.manifest": b"x"},
    }


@pytest.mark.parametrize("ending", ["EC", "RSA", "DSA", "rsa"])
@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_signed_archive_of_programs_is_not_checked_here(
    ending: str, how: int, by: SimpleSigner, tmp_path: Path
) -> None:
    data = jar(by, ending, how)
    alone = validate_file(write(tmp_path, "x.jar", data), (), AT, None, "x.jar")
    for report in (
        alone,
        look(tmp_path, mixed(attached(b"x.jar", data))),
        look(tmp_path, mixed(attached(b"x.zip", zipped("x.jar", data)))),
    ):
        assert report.conclusion is Conclusion.UNSUPPORTED
        assert report.signatures[0].container == "JAR"


@pytest.mark.parametrize(
    "what", ["a package of programs", "XPS", "a word processor's", "an extension"]
)
def test_other_packages_are_named_too(what: str, by: SimpleSigner, tmp_path: Path) -> None:
    for how in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        data = packed(others(by)[what], how)
        alone = validate_file(write(tmp_path, "x.zip", data), (), AT, None, "x.zip")
        assert alone.conclusion is Conclusion.UNSUPPORTED
        assert look(tmp_path, mixed(attached(b"x", data))).conclusion is Conclusion.UNSUPPORTED


def test_a_signed_file_in_a_signed_package_is_still_looked_at(
    by: SimpleSigner, tmp_path: Path
) -> None:
    changed = sign(pdf(), by).replace(b"Bescheid 1", b"Bescheid 7")
    members = {**others(by)["a word processor's"], "word/embeddings/a.pdf": changed}
    report = look(tmp_path, mixed(attached(b"x.docx", packed(members))))
    assert report.conclusion is Conclusion.BROKEN
    assert report.signatures[0].container == "OOXML"


def test_an_archive_of_programs_without_a_signature_is_unsigned(tmp_path: Path) -> None:
    data = packed({"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\r\n", "a.ec": b"x"})
    assert look(tmp_path, mixed(attached(b"x.jar", data))).conclusion is Conclusion.UNSIGNED
