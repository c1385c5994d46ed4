"""XML that somebody added to after it was signed: nothing that nobody signed passes as signed."""

from __future__ import annotations

import base64
import copy
import hashlib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from lxml import etree

from signing.report.interface import Conclusion, Reason, SignatureReport
from signing.validate import validate_file
from tests.unit.signing.make import AT, signer, write

DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = f"{DS}enveloped-signature"
SHEET = b'<?xml-stylesheet type="text/xsl" href="anders.xsl"?>'
EVIL = b"Zahlen Sie 9999 Euro"
INTACT, OPEN, BROKEN = Conclusion.INTACT, Conclusion.INDETERMINATE, Conclusion.BROKEN


def look(folder: Path, data: bytes) -> SignatureReport:
    return validate_file(write(folder, "a.xml", data), (), AT, None, "a.xml")


def octets(element: etree._Element, comments: bool = False) -> bytes:
    form = etree.tostring(
        element, method="c14n", exclusive=True, with_comments=comments, with_tail=False
    )
    return bytes(form)


def xml_signed(
    document: bytes,
    reference: str,
    *,
    objects: str = "",
    before: bytes = b"",
    comments: bool = False,
    method: str = EXCLUSIVE,
    prefix: str | None = None,
) -> bytes:
    """``document`` with its element SIG replaced by a signature over ``reference``.

    ``before``: instructions before the root, which a whole document takes in. ``comments``: whether
    the digest takes them in. ``prefix``: of the signature's own names.
    """
    by = signer()
    assert by.signing_cert is not None and by.signing_key is not None
    key = serialization.load_der_private_key(by.signing_key.dump(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    certificate = base64.b64encode(by.signing_cert.dump()).decode()
    written = (
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo><ds:CanonicalizationMethod'
        f' Algorithm="{EXCLUSIVE}"/><ds:SignatureMethod Algorithm='
        '"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/></ds:SignedInfo>'
        "<ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate>"
        f"{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>{objects}</ds:Signature>"
    )
    if prefix is not None:
        written = written.replace("ds:", f"{prefix}:").replace(":ds=", f":{prefix}=")
    signature = etree.fromstring(written)
    root = etree.fromstring(document)
    bare = copy.deepcopy(root)
    place = root.find(".//SIG")
    if place is None:
        root = signature
    else:
        place.getparent().replace(place, signature)
        hole = bare.find(".//SIG")
        hole.getparent().remove(hole)
    way = f'<ds:Transform Algorithm="{method}"/>'
    if reference == "":
        signed, way = (
            before + octets(bare, comments),
            f'<ds:Transform Algorithm="{ENVELOPED}"/>{way}',
        )
    else:
        signed = octets(root.xpath(f"//*[@Id='{reference[1:]}']")[0], comments)
    digest = base64.b64encode(hashlib.sha256(signed).digest()).decode()
    information = signature[0]
    information.append(
        etree.fromstring(
            f'<ds:Reference xmlns:ds="{DS}" URI="{reference}"><ds:Transforms>{way}'
            '</ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
            f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
        )
    )
    r, s = utils.decode_dss_signature(key.sign(octets(information), ec.ECDSA(hashes.SHA256())))
    signature[1].text = base64.b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()
    return bytes(etree.tostring(root))


ALL = xml_signed(b"<R><a>100</a><SIG/></R>", "")
PART = xml_signed(b'<R><a Id="i">100</a><SIG/></R>', "#i")
OBJECT = xml_signed(b"<SIG/>", "#o", objects='<ds:Object><t Id="o">100</t></ds:Object>')
END = b"</ds:Signature>"
XADES = b"http://uri.etsi.org/01903/v1.3.2#"


@pytest.mark.parametrize("data", [ALL, PART, OBJECT], ids=["whole", "part", "object"])
def test_the_signed_document_is_intact(tmp_path: Path, data: bytes) -> None:
    report = look(tmp_path, data)
    assert (report.conclusion, report.signatures[0].covers_whole_file) == (INTACT, True)


@pytest.mark.parametrize(
    ("data", "old", "new"),
    [
        (ALL, END, b"<ds:Object>" + EVIL + b"</ds:Object>" + END),
        (ALL, END, b"<evil>" + EVIL + b"</evil>" + END),
        (ALL, END, EVIL + END),
        (ALL, b"<ds:KeyInfo>", b"<ds:KeyInfo>" + EVIL),
        (ALL, b"<ds:KeyInfo>", b"<ds:KeyInfo><evil>" + EVIL + b"</evil>"),
        (ALL, b"</ds:SignatureValue>", b"<evil>" + EVIL + b"</evil></ds:SignatureValue>"),
        (PART, b"</a>", b"</a>" + EVIL),
        (PART, END, END + EVIL),
        (PART, b"<R>", b'<R betrag="9999">'),
        (PART, END, END + b"<b>" + EVIL + b"</b>"),
        (OBJECT, b"</ds:Object>", b"<t>" + EVIL + b"</t></ds:Object>"),
        (OBJECT, b"</ds:Object>", EVIL + b"</ds:Object>"),
        (
            OBJECT,
            END,
            b'<ds:Object><e:QualifyingProperties xmlns:e="urn:e">' + EVIL
            + b"</e:QualifyingProperties></ds:Object>" + END,
        ),
        (
            OBJECT,
            END,
            b'<ds:Object><e:QualifyingProperties xmlns:e="' + XADES + b'"><e:UnsignedProperties><p>'
            + EVIL + b"</p></e:UnsignedProperties></e:QualifyingProperties></ds:Object>" + END,
        ),
        (ALL, b"<R>", SHEET + b"<R>"),
    ],
    ids=["object", "element", "text", "key", "key element", "value", "tail", "behind", "attribute",
         "sibling", "beside the object", "text of the object", "own properties", "free properties",
         "style sheet"],
)  # fmt: skip
def test_what_nobody_signed_is_never_called_signed(
    tmp_path: Path, data: bytes, old: bytes, new: bytes
) -> None:
    assert data.count(old) == 1
    report = look(tmp_path, data.replace(old, new))
    assert report.conclusion is OPEN
    assert Reason.PART_NOT_COVERED in report.reasons
    assert not report.signatures[0].covers_whole_file


def test_unsigned_properties_of_the_norm_are_about_the_signature(tmp_path: Path) -> None:
    added = (
        b'<ds:Object><e:QualifyingProperties xmlns:e="' + XADES + b'"><e:UnsignedProperties>'
        b"<e:UnsignedSignatureProperties><e:CertificateValues/></e:UnsignedSignatureProperties>"
        b"</e:UnsignedProperties></e:QualifyingProperties></ds:Object>"
    )
    assert look(tmp_path, OBJECT.replace(END, added + END)).conclusion is INTACT


def test_a_time_that_nobody_signed_is_not_told(tmp_path: Path) -> None:
    """apache/santuario-xml-security-java#617: properties in an object that is added later."""
    added = (
        b'<ds:Object><e:QualifyingProperties xmlns:e="' + XADES + b'"><e:SignedProperties>'
        b"<e:SignedSignatureProperties><e:SigningTime>2001-01-01T00:00:00Z</e:SigningTime>"
        b"</e:SignedSignatureProperties></e:SignedProperties></e:QualifyingProperties></ds:Object>"
    )
    report = look(tmp_path, ALL.replace(END, added + END))
    assert report.conclusion is OPEN
    assert report.signatures[0].signing_time is None


def test_of_several_certificates_the_signer_s_is_found(tmp_path: Path) -> None:
    """open-eid/libdigidocpp#351: ds:KeyInfo gives them no order."""
    other = signer("Max Muster").signing_cert
    assert other is not None
    first = (
        b"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>" + base64.b64encode(other.dump())
        + b"</ds:X509Certificate></ds:X509Data>"
    )  # fmt: skip
    data = ALL.replace(b"<ds:KeyInfo>", first)
    report = look(tmp_path, data)
    assert report.conclusion is INTACT
    assert report.signatures[0].certificate is not None
    assert report.signatures[0].certificate.name == "Erika Muster"
    assert look(tmp_path, data.replace(b"100", b"999")).conclusion is BROKEN


def countersigned(counter: bytes) -> bytes:
    """The signed document with a signature in the unsigned properties of its own."""
    named = ALL.replace(b"<ds:SignatureValue>", b'<ds:SignatureValue Id="v">')
    properties = (
        b'<ds:Object><e:QualifyingProperties xmlns:e="' + XADES + b'"><e:UnsignedProperties>'
        b"<e:UnsignedSignatureProperties><e:CounterSignature>" + counter
        + b"</e:CounterSignature></e:UnsignedSignatureProperties></e:UnsignedProperties>"
        b"</e:QualifyingProperties></ds:Object>"
    )  # fmt: skip
    return named.replace(END, properties + END)


def test_a_counter_signature_brings_no_content_of_its_own(tmp_path: Path) -> None:
    value = ALL[ALL.index(b"<ds:SignatureValue>") : ALL.index(b"<ds:KeyInfo>")]
    around = b'<w xmlns:ds="' + DS.encode() + b'">' + value + b"<SIG/></w>"
    made = xml_signed(around.replace(b"Value>", b'Value Id="v">', 1), "#v")
    counter = made[made.index(b"<ds:Signature>") : made.rindex(END) + len(END)]
    assert look(tmp_path, countersigned(counter)).conclusion is INTACT
    assert look(tmp_path, countersigned(counter.replace(END, EVIL + END))).conclusion is OPEN
    assert look(tmp_path, countersigned(OBJECT)).conclusion is OPEN


def test_an_instruction_beside_the_root_is_part_of_the_document(tmp_path: Path) -> None:
    signed = SHEET + xml_signed(b"<R><a>100</a><SIG/></R>", "", before=SHEET + b"\n")
    assert look(tmp_path, signed).conclusion is INTACT
    assert look(tmp_path, signed.replace(b"anders", b"andere")).conclusion is BROKEN


@pytest.mark.parametrize("comments", [False, True])
def test_comments_are_no_part_of_a_reference_within_the_document(
    tmp_path: Path, comments: bool
) -> None:
    """XMLDSig 4.4.3.3 leaves them out whatever the canonical form; some programs do not."""
    data = b"<R><a>1<!-- c -->00</a><SIG/></R>"
    signed = xml_signed(data, "", comments=comments, method=f"{EXCLUSIVE}WithComments")
    assert look(tmp_path, signed).conclusion is INTACT
    assert look(tmp_path, signed.replace(b">1<", b">2<")).conclusion is BROKEN
