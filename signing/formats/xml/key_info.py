"""What ds:KeyInfo and unsigned XAdES properties may hold beside a signature (XMLDSig 1.1, 4.5).

Nobody signs them, and whoever shows the document as text shows them, too. So they may say again
whose key it is, in the words of the signer's certificate, and hold values that are no words; anything
else is content that nobody signed. The words of further certificates do not count: whoever adds words
can add a certificate that has them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from asn1crypto import cms, core, crl, ocsp, x509
from lxml import etree

from signing.errors import UnreadableSignature
from signing.formats.cms import algorithms
from signing.formats.cms.validation_material import STRUCTURE_ERRORS
from signing.formats.xml.safe_parser import DS, ds, elements, is_blank, text_of
from signing.formats.xml.xmldsig import DIGESTS, decoded

XADES = (
    "http://uri.etsi.org/01903/v1.1.1#",
    "http://uri.etsi.org/01903/v1.2.2#",
    "http://uri.etsi.org/01903/v1.3.2#",
    "http://uri.etsi.org/01903/v1.4.1#",
)
SPACES = frozenset([DS, "http://www.w3.org/2009/xmldsig11#", *XADES])
IDENTIFIERS = frozenset(["Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id"])
TECHNICAL = IDENTIFIERS | {"Algorithm", "Encoding", "URI"}
LONGEST = 200  #: characters of an attribute
LEVELS = 32  #: elements within elements
#: holders of other elements, with no text of their own
HOLDERS = frozenset(
    ["KeyInfo", "X509Data", "X509IssuerSerial", "KeyValue", "RSAKeyValue", "ECKeyValue"]
    + ["NamedCurve", "UnsignedSignatureProperties", "UnsignedDataObjectProperties"]
    + ["CertificateValues", "AttrAuthoritiesCertValues", "RevocationValues", "CRLValues"]
    + ["AttributeRevocationValues", "OCSPValues", "TimeStampValidationData", "Include"]
    + ["SignatureTimeStamp", "SigAndRefsTimeStamp", "RefsOnlyTimeStamp", "ArchiveTimeStamp"]
    + ["SigAndRefsTimeStampV2", "RefsOnlyTimeStampV2", "CounterSignature", "DigestMethod"]
    + ["CompleteCertificateRefs", "CompleteCertificateRefsV2", "CertRefs", "Cert", "CertDigest"]
    + ["IssuerSerial", "CanonicalizationMethod"]
)
STRUCTURES: dict[str, type[core.Asn1Value]] = {
    "X509Certificate": x509.Certificate,
    "EncapsulatedX509Certificate": x509.Certificate,
    "X509CRL": crl.CertificateList,
    "EncapsulatedCRLValue": crl.CertificateList,
    "EncapsulatedOCSPValue": ocsp.OCSPResponse,
    "EncapsulatedTimeStamp": cms.ContentInfo,
}
NAMES = frozenset(["X509SubjectName", "X509IssuerName", "KeyName"])
SERIALS = frozenset(["X509SerialNumber"])
VALUES = frozenset(["X509SKI", "Modulus", "Exponent", "PublicKey", "DEREncodedKeyValue"])
DIGEST_VALUES = frozenset(["X509Digest", "DigestValue"])
_PART = re.compile(r"(?:^|[,;+/\n])\s*[A-Za-z0-9.]+\s*=")
_ESCAPED = re.compile(r'\\(.)|"')


@dataclass(frozen=True, slots=True)
class _Known:
    """What the signer's certificate says of itself; and the octets of all that are there."""

    certificates: tuple[bytes, ...]
    words: frozenset[str]
    serials: frozenset[str]
    values: frozenset[bytes]


def says_keys_alone(holder: etree._Element, signer: x509.Certificate | None) -> bool:
    """Whether ``holder`` holds nothing but keys and certificates, and what is the signer's."""
    try:
        return _says(holder, _known(signer, _carried(holder)), 0)
    except (UnreadableSignature, *STRUCTURE_ERRORS):
        return False


def _says(element: etree._Element, known: _Known, depth: int) -> bool:
    name = etree.QName(element)
    if name.namespace not in SPACES or depth > LEVELS or not _is_technical(element):
        return False
    if element.tag == ds("Signature"):
        return True  # a counter-signature, which is judged by itself
    if name.localname in HOLDERS:
        return is_blank(element) and all(
            _says(each, known, depth + 1) for each in elements(element)
        )
    if elements(element):
        return False
    holds = next((holds for names, holds in _LEAVES if name.localname in names), None)
    return holds is not None and holds(element, known)


def _is_technical(element: etree._Element) -> bool:
    """Attributes of the norms, in which nobody can write."""
    if element.tag == ds("Signature"):
        return True
    return all(
        str(key) in TECHNICAL and len(value) <= LONGEST and not re.search(r"\s", str(value))
        for key, value in element.attrib.items()
    )


def _is_name(element: etree._Element, known: _Known) -> bool:
    words = _words(text_of(element))
    return bool(words) and words <= known.words


def _is_serial(element: etree._Element, known: _Known) -> bool:
    return text_of(element).strip() in known.serials


def _is_value(element: etree._Element, known: _Known) -> bool:
    value = decoded(text_of(element))
    return value in known.values or value.lstrip(b"\0") in known.values


def _is_digest(element: etree._Element, known: _Known) -> bool:
    beside = element.getparent()
    method = None if beside is None else beside.find(ds("DigestMethod"))
    algorithm = element.get("Algorithm") or (None if method is None else method.get("Algorithm"))
    name = DIGESTS.get(algorithm or "")
    return name is not None and decoded(text_of(element)) in {
        _digest(each, name) for each in known.certificates
    }


def _digest(data: bytes, name: str) -> bytes:
    running = algorithms.new_hash(name)
    running.update(data)
    return running.digest()


def _is_structure(element: etree._Element, known: _Known) -> bool:
    """What it is called, and nothing behind it. Raises ValueError and its like."""
    kind = STRUCTURES[etree.QName(element).localname]
    return kind.load(decoded(text_of(element)), strict=True).native is not None


_LEAVES: tuple[tuple[frozenset[str], Callable[[etree._Element, _Known], bool]], ...] = (
    (frozenset(STRUCTURES), _is_structure),
    (NAMES, _is_name),
    (SERIALS, _is_serial),
    (VALUES, _is_value),
    (DIGEST_VALUES, _is_digest),
)


def _carried(holder: etree._Element) -> list[bytes]:
    """Certificates of the signature around."""
    around = next(holder.iterancestors(ds("Signature")), holder)
    return [
        decoded(text_of(element))
        for element in around.iter()
        if isinstance(element.tag, str)
        and etree.QName(element).localname in ("X509Certificate", "EncapsulatedX509Certificate")
    ]


def _known(signer: x509.Certificate | None, carried: list[bytes]) -> _Known:
    if signer is None:
        return _Known(tuple(carried), frozenset(), frozenset(), frozenset())
    names = (*_flat(signer.subject.native), *_flat(signer.issuer.native))
    return _Known(
        certificates=(signer.dump(), *carried),
        words=frozenset(_folded(str(name)) for name in names),
        serials=frozenset([str(signer.serial_number)]),
        values=frozenset(_key_values(signer)),
    )


def _flat(name: Any) -> list[Any]:
    if isinstance(name, dict):
        return [part for value in name.values() for part in _flat(value)]
    if isinstance(name, list):
        return [part for value in name for part in _flat(value)]
    return [name]


def _key_values(certificate: x509.Certificate) -> set[bytes]:
    """The key in the forms that it is written in, and its identifier."""
    key = certificate.public_key
    values = {key.dump()}
    if certificate.key_identifier is not None:
        values.add(certificate.key_identifier)
    if key.algorithm == "rsa":
        numbers = key["public_key"].parsed
        for part in ("modulus", "public_exponent"):
            number = numbers[part].native
            values.add(number.to_bytes((number.bit_length() + 7) // 8, "big"))
    elif key.algorithm == "ec":
        values.add(key["public_key"].native)
    return values


def _words(text: str) -> set[str]:
    """The values of a distinguished name (RFC 4514), or the text as one word."""
    parts = _PART.split(text)
    if len(parts) == 1:
        return {_folded(text)}
    if parts[0].strip():
        return {_folded(text)}  # words before the first attribute
    return {_folded(_ESCAPED.sub(r"\1", part)) for part in parts[1:]}


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
