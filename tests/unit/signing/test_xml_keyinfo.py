"""What ds:KeyInfo and unsigned properties may hold: keys and certificates, and no words of others."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from asn1crypto import x509
from lxml import etree

from signing.report.interface import Reason
from tests.unit.signing.make import signer
from tests.unit.signing.test_xml_scope import ALL, DS, END, EVIL, INTACT, OPEN, XADES, look

KEY_END, DATA_END = b"</ds:KeyInfo>", b"</ds:X509Data>"
CERTIFICATE = x509.Certificate.load(
    base64.b64decode(etree.fromstring(ALL).findtext(f".//{{{DS}}}X509Certificate"))
)


def coded(data: bytes) -> bytes:
    return base64.b64encode(data)


def digest(name: str) -> bytes:
    return coded(hashlib.new(name, CERTIFICATE.dump()).digest())


POINT = coded(CERTIFICATE.public_key["public_key"].native)
CARRIED = (
    b"<e:CertificateValues><e:EncapsulatedX509Certificate>*</e:EncapsulatedX509Certificate>"
    b"</e:CertificateValues>"
)
STAMPED = (
    b"<e:SignatureTimeStamp><e:EncapsulatedTimeStamp>*</e:EncapsulatedTimeStamp>"
    b"</e:SignatureTimeStamp>"
)
SERIAL = str(CERTIFICATE.serial_number).encode()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (DATA_END, b"<p xmlns=''>" + EVIL + b"</p>" + DATA_END),
        (DATA_END, EVIL + DATA_END),
        (DATA_END, b"<ds:X509SubjectName>" + EVIL + b"</ds:X509SubjectName>" + DATA_END),
        (DATA_END, b"<ds:X509SubjectName>CN=Zahlen 9999</ds:X509SubjectName>" + DATA_END),
        (
            DATA_END,
            b"<ds:X509IssuerSerial><ds:X509IssuerName>CN=Erika Muster</ds:X509IssuerName>"
            b"<ds:X509SerialNumber>9999</ds:X509SerialNumber></ds:X509IssuerSerial>" + DATA_END,
        ),
        (DATA_END, b"<ds:X509SKI>ZahlenSie9999Euro</ds:X509SKI>" + DATA_END),
        (DATA_END, b"<ds:X509CRL>ZahlenSie9999Eur</ds:X509CRL>" + DATA_END),
        (DATA_END, b"<ds:X509Certificate>" + coded(EVIL) + b"</ds:X509Certificate>" + DATA_END),
        (KEY_END, b"<ds:KeyName>" + EVIL + b"</ds:KeyName>" + KEY_END),
        (KEY_END, b"<ds:MgmtData>" + EVIL + b"</ds:MgmtData>" + KEY_END),
        (KEY_END, b"<ds:SPKIData><ds:SPKISexp>" + EVIL + b"</ds:SPKISexp></ds:SPKIData>" + KEY_END),
        (KEY_END, b"<ds:PGPData><ds:PGPKeyID>Zahlen99</ds:PGPKeyID></ds:PGPData>" + KEY_END),
        (
            KEY_END,
            b"<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>ZahlenSie999</ds:Modulus></ds:RSAKeyValue>"
            b"</ds:KeyValue>" + KEY_END,
        ),
        (KEY_END, b'<ds:RetrievalMethod URI="Zahlen Sie 9999 Euro"/>' + KEY_END),
        (b"<ds:KeyInfo>", b"<ds:KeyInfo x='Zahlen Sie 9999'>"),
        (b"<ds:X509Data>", b"<ds:X509Data title='Zahlen Sie 9999'>"),
        (b"<ds:X509Certificate>", b"<ds:X509Certificate title='Zahlen Sie 9999'>"),
        (b"<ds:X509Data>", b"<ds:X509Data Id='Zahlen Sie 9999'>"),
        (b"<ds:SignatureValue>", b"<ds:SignatureValue title='Zahlen Sie 9999'>"),
    ],
)
def test_words_among_the_keys_are_signed_by_nobody(tmp_path: Path, old: bytes, new: bytes) -> None:
    assert ALL.count(old) == 1
    report = look(tmp_path, ALL.replace(old, new))
    assert report.conclusion is OPEN
    assert Reason.PART_NOT_COVERED in report.reasons or Reason.UNREADABLE in report.reasons
    assert not report.signatures[0].covers_whole_file


def test_a_certificate_that_is_made_for_its_words(tmp_path: Path) -> None:
    other = signer("Zahlen Sie 9999 Euro").signing_cert
    assert other is not None
    certificate = b"<ds:X509Certificate>" + coded(other.dump()) + b"</ds:X509Certificate>"
    name = b"<ds:X509SubjectName>CN=Zahlen Sie 9999 Euro</ds:X509SubjectName>"
    assert look(tmp_path, ALL.replace(DATA_END, certificate + DATA_END)).conclusion is INTACT
    added = ALL.replace(DATA_END, certificate + name + DATA_END)
    assert look(tmp_path, added).conclusion is OPEN


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (DATA_END, b"<ds:X509SubjectName>CN=Erika Muster</ds:X509SubjectName>" + DATA_END),
        (DATA_END, b"<ds:X509SubjectName>cn = Erika  Muster</ds:X509SubjectName>" + DATA_END),
        (
            DATA_END,
            b"<ds:X509IssuerSerial><ds:X509IssuerName>CN=Erika Muster</ds:X509IssuerName>"
            b"<ds:X509SerialNumber>" + SERIAL + b"</ds:X509SerialNumber></ds:X509IssuerSerial>"
            + DATA_END,
        ),
        (
            DATA_END,
            b'<d:X509Digest xmlns:d="http://www.w3.org/2009/xmldsig11#" Algorithm='
            b'"http://www.w3.org/2001/04/xmlenc#sha256">' + digest("sha256") + b"</d:X509Digest>"
            + DATA_END,
        ),
        (KEY_END, b"<ds:KeyName>Erika Muster</ds:KeyName>" + KEY_END),
        (
            KEY_END,
            b'<ds:KeyValue><d:ECKeyValue xmlns:d="http://www.w3.org/2009/xmldsig11#">'
            b'<d:NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"/><d:PublicKey>' + POINT
            + b"</d:PublicKey></d:ECKeyValue></ds:KeyValue>" + KEY_END,
        ),
        (b"<ds:KeyInfo>", b"<ds:KeyInfo Id='k1'>"),
        (b"<ds:KeyInfo>", b"<ds:KeyInfo><!-- a comment -->"),
    ],
)  # fmt: skip
def test_what_says_again_whose_key_it_is(tmp_path: Path, old: bytes, new: bytes) -> None:
    report = look(tmp_path, ALL.replace(old, new))
    assert (report.conclusion, report.signatures[0].covers_whole_file) == (INTACT, True)


def unsigned(inner: bytes) -> bytes:
    """The signed document with unsigned properties."""
    added = (
        b'<ds:Object><e:QualifyingProperties xmlns:e="' + XADES + b'"><e:UnsignedProperties>'
        b"<e:UnsignedSignatureProperties>" + inner + b"</e:UnsignedSignatureProperties>"
        b"</e:UnsignedProperties></e:QualifyingProperties></ds:Object>"
    )
    return ALL.replace(END, added + END)


@pytest.mark.parametrize(
    "inner",
    [
        b"<e:CertificateValues>" + EVIL + b"</e:CertificateValues>",
        CARRIED.replace(b"*", b"ZahlenSie9999Eur"),
        b"<e:CertificateValues><p xmlns=''>" + EVIL + b"</p></e:CertificateValues>",
        b"<e:CertificateValues Id='Zahlen Sie 9999'/>",
        STAMPED.replace(b"*", b"ZahlenSie9999Eur"),
    ],
)
def test_words_among_the_unsigned_properties(tmp_path: Path, inner: bytes) -> None:
    report = look(tmp_path, unsigned(inner))
    assert report.conclusion is OPEN
    assert Reason.PART_NOT_COVERED in report.reasons


def test_certificates_among_the_unsigned_properties(tmp_path: Path) -> None:
    inner = CARRIED.replace(b"*", coded(CERTIFICATE.dump()))
    assert look(tmp_path, unsigned(inner)).conclusion is INTACT
