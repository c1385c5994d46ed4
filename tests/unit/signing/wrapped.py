"""Signed files in every wrapping that the tests of detection, checking and intake share."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator

from pyhanko.sign import SimpleSigner

from config.filekind import FileKind
from tests.unit.signing.make import cms, pdf, sign

TEXT = b"Genehmigt."
PGP = (
    b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nJa\n"
    b"-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAd\n-----END PGP SIGNATURE-----\n"
)
XML = b'<a><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/></a>'
HEAD = b"From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
NOISE = b"\x00\x01Kopfzeile\r\n"


def pem(message: bytes, label: bytes = b"PKCS7") -> bytes:
    coded = base64.encodebytes(message)
    return b"-----BEGIN " + label + b"-----\n" + coded + b"-----END " + label + b"-----\n"


def opaque_mail(message: bytes) -> bytes:
    return (
        HEAD + b"Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(message)
    )


def clear_mail(detached: bytes) -> bytes:
    return (
        HEAD + b'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; '
        b'boundary="B"\r\n\r\n--B\r\n' + TEXT + b"\r\n--B\r\n"
        b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(detached) + b"--B--\r\n"
    )


def forwarded(mail: bytes) -> bytes:
    return (
        HEAD + b'Content-Type: multipart/mixed; boundary="M"\r\n\r\n--M\r\n'
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(mail)
        + b"--M--\r\n"
    )


def container(signature: bytes, *, separator: str = "/", mimetype: bool = True) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        if mimetype:
            archive.writestr("mimetype", "application/vnd.etsi.asic-e+zip")
        archive.writestr("brief.txt", TEXT)
        archive.writestr("META-INF/signature.p7s", signature)
    return out.getvalue().replace(b"META-INF/", b"META-INF" + separator.encode())


def large_container(signature: bytes) -> bytes:
    """Its signature's name stands far behind the beginning, and no member says what it is."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("plan.bin", bytes(range(256)) * 600)
        archive.writestr("META-INF/signature.p7s", signature)
    return out.getvalue()


def token() -> bytes:
    """The outside of a time-stamp token; what it holds is no matter here."""
    return bytes.fromhex("3080 06092a864886f70d010702 a080 3080 020103 3100".replace(" ", "")) + (
        bytes.fromhex("3080 060b2a864886f70d0109100104 a080 2480".replace(" ", "")) + bytes(14)
    )


def enveloped() -> bytes:
    return bytes.fromhex("308006092a864886f70d010703a0803080020100") + bytes(60)


def evidence_record() -> bytes:
    body = bytes.fromhex("020101300d300b0609608648016503040201") + bytes(200)
    return b"\x30\x81" + bytes([len(body)]) + body


def detached_openpgp() -> bytes:
    """A signature packet of version 4 over a file, RSA with SHA-256 (RFC 9580, 5.2.3)."""
    return b"\x89\x01\x33\x04\x00\x01\x08\x00\x1d\x16\x21\x04" + bytes(range(200))


def wrapped(by: SimpleSigner) -> Iterator[tuple[str, bytes, FileKind]]:
    """What it is called, its bytes, what it is."""
    held, beside = (cms(TEXT, by, detached=way) for way in (False, True))
    paper = sign(pdf(), by)
    about_pdf = cms(paper, by, detached=False)
    coded = base64.encodebytes
    utf16 = "utf-16"
    p7m, p7s, eml, asic = FileKind.P7M, FileKind.P7S, FileKind.EML, FileKind.ASIC
    yield "a message", held, p7m
    yield "a detached message", beside, p7s
    yield "a message about a PDF", about_pdf, p7m
    yield "a message about a PDF in base64", coded(about_pdf), p7m
    yield "a message about a PDF behind noise", NOISE + about_pdf, p7m
    yield "a message behind noise", NOISE + held, p7m
    yield "a message behind a line end", b"\r\n" + held, p7m
    yield "base64", coded(held), p7m
    yield "base64 with a byte order mark", b"\xef\xbb\xbf" + coded(held), p7m
    yield "base64 in UTF-16", coded(held).decode().encode(utf16), p7m
    yield "base64 twice", coded(coded(held)), p7m
    yield "base64 unpadded", base64.b64encode(held).rstrip(b"="), p7m
    yield "base64 of the URL kind", base64.urlsafe_b64encode(held), p7m
    yield "base64 that is damaged", coded(held)[:400] + b"*" + coded(held)[400:], p7s
    yield "base64 behind a text", b"Anbei:\n\n" + coded(held), p7s
    yield "PEM", pem(held), p7m
    yield "PEM of a detached message", pem(beside, b"CMS"), p7s
    yield "PEM behind a text", b"Anbei der Bescheid:\n\n" + pem(held), p7m
    yield "PEM in base64", coded(pem(held)), p7m
    yield "PEM that is damaged", pem(held)[:200] + b"*" + pem(held)[200:], p7s
    yield "an enveloped message", enveloped(), p7m
    yield "an enveloped message in PEM", pem(enveloped(), b"CMS"), p7m
    yield "a time-stamp token", token(), FileKind.TIMESTAMP
    yield "a time-stamp token in base64", coded(token()), FileKind.TIMESTAMP
    yield "an opaque mail", opaque_mail(held), eml
    yield "an opaque mail about a PDF", opaque_mail(about_pdf), eml
    yield "a clear mail", clear_mail(beside), eml
    yield "a mail with a byte order mark", b"\xef\xbb\xbf" + clear_mail(beside), eml
    yield "a mail of an mbox", b"From a@example.org Mon Jan  5 2026\r\n" + opaque_mail(held), eml
    yield "a mail with a banner", b"[Externe Nachricht]\r\n\r\n" + opaque_mail(held), eml
    yield "a mail behind blank lines", b"\r\n\r\n" + opaque_mail(held), eml
    yield "a mail with one field", clear_mail(beside).split(b"MIME-Version: 1.0\r\n")[1], eml
    yield "a mail with one field, broken", b"Content-Type: multipart/signed; x\r\n--B", eml
    yield "a mail in UTF-16", clear_mail(beside).decode("latin-1").encode(utf16), eml
    yield "a forwarded mail in base64", forwarded(clear_mail(beside)), eml
    yield "a mail signed with OpenPGP", clear_mail(PGP).replace(b"pkcs7", b"pgp"), eml
    yield "a container", container(beside), asic
    yield "a container behind a line end", b"\r\n" + container(beside), asic
    yield "a container behind noise", b"x" * 900 + container(beside), asic
    yield "a container without its type", container(beside, mimetype=False), asic
    yield "a container of another system", container(beside, separator="\\"), asic
    yield "a container with its end cut off", container(beside)[:-30], asic
    yield "a large container", large_container(beside), asic
    yield "a text signed with OpenPGP", PGP, FileKind.OPENPGP
    yield "OpenPGP in UTF-16", PGP.decode().encode(utf16), FileKind.OPENPGP
    yield "OpenPGP behind a text", b"Hallo,\n\n" + PGP, FileKind.OPENPGP
    yield "an OpenPGP signature in binary form", detached_openpgp(), FileKind.OPENPGP
    yield "an evidence record", evidence_record(), FileKind.EVIDENCE_RECORD
    yield "XML", XML, FileKind.XML
    yield "XML with a byte order mark", b"\xef\xbb\xbf" + XML, FileKind.XML
    yield "XML in UTF-16", XML.decode().encode(utf16), FileKind.XML
    yield "XML in UTF-16 without a mark", XML.decode().encode("utf-16-le"), FileKind.XML
    yield "XML behind a comment", b"<!-- Bescheid -->\n" + XML, FileKind.XML
    yield "XML behind blank lines", b"\r\n\r\n" + XML, FileKind.XML
    yield "a PDF", paper, FileKind.PDF
    yield "a PDF behind a line end", b"\r\n" + paper, FileKind.PDF
    yield "a PDF behind noise", b"\x07" * 300 + paper, FileKind.PDF
    yield "a PDF behind an answer", b"Content-Type: application/pdf\r\n\r\n" + paper, FileKind.PDF
    yield "a PDF without its first line", paper.replace(b"%PDF-", b"%QDF-", 1), FileKind.PDF
    # Damaged on the way: cut off, a bit turned over, a part lost, a mark that is wrong.
    yield "a PDF cut off within its signature", _cut_in_contents(paper), FileKind.PDF
    yield (
        "a message with a bit turned over",
        held.replace(OID, bytes([OID[0] ^ 64]) + OID[1:], 1),
        p7s,
    )
    yield "a container whose signature is gone", _without_signature(), asic
    yield "a mail behind a wrong mark", b"\xff\xfe" + clear_mail(beside), eml


OID = bytes.fromhex("2a864886f70d010702")  #: id-signedData


def _cut_in_contents(paper: bytes) -> bytes:
    at = paper.index(b"/Contents <30")
    return paper[: at + 400].replace(b"/ByteRange", b"/Bytes").replace(b"/Type /Sig", b"/Type /X")


def _without_signature() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("brief.txt", TEXT)
        archive.writestr("META-INF/ASiCManifest.xml", b"<a/>")
    return out.getvalue()
