"""One XML signature with its XAdES properties, as the same facts that a CMS signer gives."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import x509
from lxml import etree

from signing.conclusions.conclusion_table import Check, Encoding
from signing.conclusions.model import AlgorithmUse, Note, Reason
from signing.errors import UnreadableSignature, UnsupportedAlgorithm
from signing.formats.cms import algorithms
from signing.formats.cms.signed_data import ContentDigest, SignerCheck
from signing.formats.cms.timestamps import Token, read_token
from signing.formats.cms.validation_material import STRUCTURE_ERRORS, Material, collect
from signing.formats.xml.safe_parser import ds, text_of
from signing.formats.xml.xmldsig import (
    DEFAULT_C14N,
    DIGESTS,
    FileDigest,
    References,
    canonical_digest,
    certificates,
    check_references,
    decoded,
    signature_value,
    value_check,
)

NAMESPACES = (
    "http://uri.etsi.org/01903/v1.3.2#",
    "http://uri.etsi.org/01903/v1.2.2#",
    "http://uri.etsi.org/01903/v1.1.1#",
)
PROPERTIES = "SignedProperties"
TOKENS = 50
CERTIFICATES = 20  #: of one signature that are tried


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlSignature:
    """A signature, computed; ``references`` is None where they could not be."""

    check: SignerCheck
    references: References | None
    tokens: tuple[Token, ...]
    material: Material
    is_xades: bool
    signature_id: str


def check_xml_signature(signature: etree._Element, files: FileDigest) -> XmlSignature:
    """Compute one ds:Signature. Raises UnreadableSignature."""
    chain = certificates(signature)
    properties = _signed_properties(signature)
    is_xades = properties is not None
    certificate, bound = _certificate(chain, properties)
    notes: list[Note] = []
    references, digest, value = None, Check.UNKNOWN, Check.UNKNOWN
    uses: tuple[AlgorithmUse, ...] = ()
    if certificate is None:
        notes.append(Note(reason=Reason.NO_SIGNER_CERTIFICATE))
    try:
        references = check_references(signature, files)
        digest = references.digest
        notes += _reference_notes(references)
        uses = tuple(AlgorithmUse(use="digest", algorithm=name) for name in references.names)
        if certificate is not None:
            others = chain if bound is Check.UNKNOWN else ()
            certificate, value, use = _value(signature, certificate, others)
            uses += (use,)
    except UnsupportedAlgorithm as error:
        notes.append(Note(reason=Reason.ALGORITHM_NOT_CHECKED, detail=str(error)))
    if properties is not None and (references is None or properties not in references.signed):
        bound, properties = Check.FAILS, None  # unsigned "signed properties" bind and say nothing
    check = SignerCheck(
        digest=digest,
        value=value,
        algorithms=Check.HOLDS,
        encoding=Encoding.DER,
        certificate=certificate,
        certificate_bound=bound,
        signing_time=_signing_time(properties),
        signature=signature_value(signature),
        uses=uses,
        notes=tuple(notes),
    )
    return XmlSignature(
        check=check,
        references=references,
        tokens=_tokens(signature),
        material=_material(signature, chain),
        is_xades=is_xades,
        signature_id=signature.get("Id", ""),
    )


def is_countersignature(signature: etree._Element) -> bool:
    """It stands within another signature and signs that one's value (EN 319 132-1 5.2.7)."""
    return next(signature.iterancestors(ds("Signature")), None) is not None


def _reference_notes(references: References) -> list[Note]:
    notes = []
    if references.missing:
        missing = ", ".join(references.missing)[:300]
        notes.append(Note(reason=Reason.CONTENT_MISSING, detail=missing))
    if references.wrong:
        wrong = ", ".join(references.wrong)[:300]
        notes.append(Note(reason=Reason.DIGEST_MISMATCH, detail=wrong))
    return notes


def _find(element: etree._Element, name: str) -> list[etree._Element]:
    return [e for space in NAMESPACES for e in element.iter(f"{{{space}}}{name}")]


def _signed_properties(signature: etree._Element) -> etree._Element | None:
    found = [
        element
        for element in _find(signature, PROPERTIES)
        if next(element.iterancestors(ds("Signature")), None) is signature
    ]
    return found[0] if len(found) == 1 else None


def _certificate(
    chain: tuple[x509.Certificate, ...], properties: etree._Element | None
) -> tuple[x509.Certificate | None, Check]:
    """The certificate that the signed properties name by digest; else the first one."""
    named = [] if properties is None else _named_digests(properties)
    if not named:
        return (chain[0] if chain else None), Check.UNKNOWN
    for certificate in chain:
        for name, digest in named[:1]:
            running = algorithms.new_hash(name)
            running.update(certificate.dump())
            if hmac.compare_digest(running.digest(), digest):
                return certificate, Check.HOLDS
    return (chain[0] if chain else None), Check.FAILS


def _value(
    signature: etree._Element, certificate: x509.Certificate, others: tuple[x509.Certificate, ...]
) -> tuple[x509.Certificate, Check, AlgorithmUse]:
    """By that certificate; where nothing says which of several is the signer's, by the one whose
    key the value holds for (XMLDSig 4.5.4 gives them no order). Raises UnsupportedAlgorithm."""
    value, use = value_check(signature, certificate)
    for other in others[:CERTIFICATES]:
        if value is Check.HOLDS:
            break
        try:
            held, other_use = value_check(signature, other)
        except UnsupportedAlgorithm:
            continue
        if held is Check.HOLDS:
            certificate, value, use = other, held, other_use
    return certificate, value, use


def _named_digests(properties: etree._Element) -> list[tuple[str, bytes]]:
    found = []
    for element in _find(properties, "CertDigest"):
        method = element.find(ds("DigestMethod"))
        value = element.find(ds("DigestValue"))
        name = DIGESTS.get("" if method is None else method.get("Algorithm", ""))
        if name is not None and value is not None:
            found.append((name, decoded(text_of(value))))
    return found


def _signing_time(properties: etree._Element | None) -> datetime | None:
    for element in [] if properties is None else _find(properties, "SigningTime"):
        try:
            time = datetime.fromisoformat(text_of(element).strip())
        except ValueError:
            return None
        return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
    return None


def _tokens(signature: etree._Element) -> tuple[Token, ...]:
    """Signature time-stamps: over the canonical ds:SignatureValue (EN 319 132-1 5.3)."""
    value = signature.find(ds("SignatureValue"))
    found: list[Token] = []
    for stamp in _find(signature, "SignatureTimeStamp"):
        method = stamp.find(ds("CanonicalizationMethod"))
        form = DEFAULT_C14N if method is None else method.get("Algorithm", "")
        for encapsulated in _find(stamp, "EncapsulatedTimeStamp"):
            found.append(_token(encapsulated, _stamped(value, form)))
    return tuple(found[:TOKENS])


def _stamped(value: etree._Element | None, form: str) -> ContentDigest:
    def digest(name: str) -> bytes:
        if value is None:
            raise UnreadableSignature("no signature value")
        return canonical_digest(value, form, name)

    return digest


def _token(encapsulated: etree._Element, stamped: ContentDigest) -> Token:
    try:
        return read_token("SIG_TS", decoded(text_of(encapsulated)), stamped)
    except UnreadableSignature as error:
        return Token(kind="SIG_TS", detail=str(error))


def _material(signature: etree._Element, chain: tuple[x509.Certificate, ...]) -> Material:
    def values(name: str) -> tuple[bytes, ...]:
        pieces = []
        for element in _find(signature, name):
            try:
                pieces.append(decoded(text_of(element)))
            except UnreadableSignature:
                continue  # an unsigned hint that cannot be read
        return tuple(pieces)

    carried = Material(certificates=chain)
    try:
        return carried + collect(
            values("EncapsulatedX509Certificate"),
            values("EncapsulatedCRLValue"),
            values("EncapsulatedOCSPValue"),
        )
    except STRUCTURE_ERRORS:
        return carried
