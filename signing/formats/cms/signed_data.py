"""CMS SignedData (RFC 5652): every signer by itself, over the DER encoding and as transmitted.

Computes facts, judges nothing. The certificate used is the one the signer names; whether it is
trusted is asked in ``signing/trust/certificate_chain.py``.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms, core, tsp, x509

from config.der import SET, Value, children, definite, der, encode, irregularity, read
from config.signed_messages import encapsulated
from signing.conclusions.conclusion_table import Check, Encoding
from signing.conclusions.model import AlgorithmUse, Note, Reason
from signing.errors import UnreadableSignature, UnsupportedAlgorithm
from signing.formats.cms import algorithms
from signing.formats.cms.algorithms import PublicKey, Scheme
from signing.formats.cms.cms_structure import structure_fault

#: name of a digest -> digest of the signed content
ContentDigest = Callable[[str], bytes]

DATA = "1.2.840.113549.1.7.1"
SIGNED_DATA = "1.2.840.113549.1.7.2"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_TIME = "1.2.840.113549.1.9.5"
ONCE = (
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    SIGNING_TIME,
    "1.2.840.113549.1.9.16.2.12",
    "1.2.840.113549.1.9.16.2.47",
)
COUNTER_SIGNATURE = "1.2.840.113549.1.9.6"
ALGORITHM_PROTECTION = "1.2.840.113549.1.9.52"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12"
SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47"
SIGNATURE_TIMESTAMP = "1.2.840.113549.1.9.16.2.14"
ARCHIVE_TIMESTAMPS = frozenset(
    {"1.2.840.113549.1.9.16.2.27", "1.2.840.113549.1.9.16.2.48", "0.4.0.1733.2.4"}
)
EVIDENCE_RECORDS = frozenset({"1.2.840.113549.1.9.16.2.49", "1.2.840.113549.1.9.16.2.50"})


@dataclass(frozen=True, slots=True)
class Message:
    """A SignedData, read; ``content`` is None where the content lies elsewhere (detached)."""

    raw: bytes  #: definite-length encoding; byte for byte the transmitted one where that was DER
    data: cms.SignedData
    content_type: str
    content: bytes | None
    certificates: tuple[x509.Certificate, ...]
    signers: tuple[cms.SignerInfo, ...]
    length: int  #: of the message as transmitted; more may follow it
    irregular: str = ""  #: what no encoding rule allows, in words

    def content_digest(self, name: str) -> bytes:
        """Digest of the encapsulated content."""
        running = algorithms.new_hash(name)
        running.update(self.content or b"")
        return running.digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerCheck:
    """What was computed for one signer."""

    digest: Check
    value: Check
    algorithms: Check
    encoding: Encoding
    certificate: x509.Certificate | None
    certificate_bound: Check  #: ESS signing-certificate attribute; UNKNOWN where there is none
    signing_time: datetime | None
    signature: bytes
    uses: tuple[AlgorithmUse, ...]
    notes: tuple[Note, ...]


def read_message(data: bytes) -> Message:
    """Parse a ContentInfo with SignedData. Raises UnreadableSignature."""
    try:
        length = read(data).after
        raw = definite(data)
        info = cms.ContentInfo.load(raw)
        if info["content_type"].dotted != SIGNED_DATA:
            raise UnreadableSignature(f"CMS content type {info['content_type'].dotted}")
        signed = info["content"]
        kind, content = encapsulated(raw)
        certificates = _certificates(signed)
        return Message(
            raw=raw,
            data=signed,
            content_type=core.ObjectIdentifier.load(encode(b"\x06", kind)).dotted,
            content=content,
            certificates=certificates,
            signers=tuple(signed["signer_infos"]),
            length=length,
            irregular=irregularity(raw) or structure_fault(signed, certificates),
        )
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise UnreadableSignature(f"CMS structure: {error}") from error


def _certificates(signed: cms.SignedData) -> tuple[x509.Certificate, ...]:
    choices = signed["certificates"]
    if isinstance(choices, core.Void):
        return ()
    return tuple(
        x509.Certificate.load(choice.chosen.untag().dump())
        for choice in choices
        if choice.name == "certificate"
    )


def attribute_values(attributes: Iterable[cms.CMSAttribute], oid: str) -> list[core.Asn1Value]:
    """All values of all attributes with this identifier."""
    if isinstance(attributes, core.Void):
        return []
    return [
        value
        for attribute in attributes
        if attribute["type"].dotted == oid
        for value in attribute["values"]
    ]


def check_signer(
    message: Message,
    signer: cms.SignerInfo,
    content: ContentDigest,
    *,
    more_certificates: Iterable[x509.Certificate] = (),
    countersigns: bool = False,
) -> SignerCheck:
    """Compute digest and value of one signer over ``content``.

    ``countersigns``: the signer signs another's value and must not name a content type.
    """
    notes: list[Note] = []
    if message.irregular:
        raise UnreadableSignature(f"the message holds {message.irregular}")
    _refuse_repeated(signer)
    transmitted = _transmitted_attributes(signer)
    if transmitted is None and not countersigns:
        _refuse_without_attributes(message)
    certificate, bound = _certificate(signer, (*message.certificates, *more_certificates))
    digest, value, agree = Check.UNKNOWN, Check.UNKNOWN, Check.UNKNOWN
    encoding = Encoding.DER
    uses: tuple[AlgorithmUse, ...] = ()
    if certificate is None:
        notes.append(Note(reason=Reason.NO_SIGNER_CERTIFICATE))
    try:
        name = algorithms.digest_name(signer["digest_algorithm"])
        scheme = algorithms.scheme_of(signer["signature_algorithm"], name)
        actual = content(name)
        expected_type = None if countersigns else message.content_type
        digest = _digest_check(signer, transmitted, actual, expected_type)
        agree = _algorithms_agree(signer)
        if not countersigns and name not in _announced(message):
            agree = Check.FAILS  # RFC 5652 5.1: programs may fail where the set lacks it
        uses = (AlgorithmUse(use="digest", algorithm=name),)
        if certificate is not None:
            key = algorithms.public_key(certificate.public_key)
            value, encoding = _value_check(key, scheme, signer, transmitted, content)
            uses += (_use(scheme, key),)
            if transmitted is None:
                digest = value
    except UnsupportedAlgorithm as error:
        notes.append(Note(reason=Reason.ALGORITHM_NOT_CHECKED, detail=str(error)))
    return SignerCheck(
        digest=digest,
        value=value,
        algorithms=agree,
        encoding=encoding,
        certificate=certificate,
        certificate_bound=bound,
        signing_time=_signing_time(signer),
        signature=bytes(signer["signature"].native),
        uses=uses,
        notes=tuple(notes),
    )


def _refuse_repeated(signer: cms.SignerInfo) -> None:
    """RFC 5652 11 and RFC 5035 3: these attributes stand once, with one value. Which of two would
    another program believe?"""
    for oid in ONCE:
        if len(attribute_values(signer["signed_attrs"], oid)) > 1:
            raise UnreadableSignature(f"the signed attribute {oid} has several values")


def _refuse_without_attributes(message: Message) -> None:
    """RFC 5652 5.3: only plain data is signed without attributes. Where the content is itself a set
    of them, the value was made for another content, whose digest it holds (RFC 5652 5.4: nothing
    tells the two apart)."""
    if message.content_type != DATA:
        raise UnreadableSignature(
            f"content of type {message.content_type} without signed attributes"
        )
    content = message.content or b""
    if content[:1] == bytes([SET]) and core.ObjectIdentifier(MESSAGE_DIGEST).dump() in content:
        raise UnreadableSignature("the content is the signed attributes of another message")


def _use(scheme: Scheme, key: PublicKey) -> AlgorithmUse:
    return AlgorithmUse(
        use="signature",
        algorithm=f"{scheme.name}-{scheme.digest}",
        key_size=algorithms.key_size(key),
    )


def _transmitted_attributes(signer: cms.SignerInfo) -> bytes | None:
    """The signed attributes as sent, under the SET tag they are signed with; None: there are none.

    Taken before anything else looks at them, since reading may make asn1crypto re-encode.
    """
    attributes = signer["signed_attrs"]
    if isinstance(attributes, core.Void):
        return None
    encoded: bytes = attributes.dump()
    return bytes([SET]) + encoded[1:]


def _digest_check(
    signer: cms.SignerInfo, transmitted: bytes | None, actual: bytes, expected_type: str | None
) -> Check:
    """RFC 5652 5.6 and 11: exactly one message-digest, equal; content-type names the content."""
    if transmitted is None:
        return Check.UNKNOWN  # the value is computed over the content itself
    digests = attribute_values(signer["signed_attrs"], MESSAGE_DIGEST)
    if len(digests) != 1:
        raise UnreadableSignature(f"{len(digests)} message digests in one signature")
    types = [v.dotted for v in attribute_values(signer["signed_attrs"], CONTENT_TYPE)]
    if expected_type is not None and types != [expected_type]:
        raise UnreadableSignature(f"content type {types} where {expected_type} is signed")
    return Check.HOLDS if hmac.compare_digest(digests[0].native, actual) else Check.FAILS


def _value_check(
    key: PublicKey,
    scheme: Scheme,
    signer: cms.SignerInfo,
    transmitted: bytes | None,
    content: ContentDigest,
) -> tuple[Check, Encoding]:
    """Over the DER encoding of the attributes; if that fails, over the transmitted bytes."""
    signature = bytes(signer["signature"].native)
    if transmitted is None:
        holds = algorithms.value_holds(key, scheme, signature, content(scheme.digest), None)
        return (Check.HOLDS if holds else Check.FAILS), Encoding.DER
    normal = der(transmitted)
    if _holds_over(key, scheme, signature, normal):
        same = normal == transmitted
        return Check.HOLDS, Encoding.DER if same else Encoding.REORDERED
    if normal != transmitted and _holds_over(key, scheme, signature, transmitted):
        return Check.HOLDS, Encoding.TRANSMITTED
    return Check.FAILS, Encoding.DER


def _holds_over(key: PublicKey, scheme: Scheme, signature: bytes, message: bytes) -> bool:
    running = algorithms.new_hash(scheme.digest)
    running.update(message)
    return algorithms.value_holds(key, scheme, signature, running.digest(), message)


def _algorithms_agree(signer: cms.SignerInfo) -> Check:
    """RFC 6211: the protected algorithm identifiers equal the SignerInfo's, byte for byte in DER.

    Absent parameters and NULL count as one. No attribute: nothing disagrees.
    """
    values = attribute_values(signer["signed_attrs"], ALGORITHM_PROTECTION)
    if not values:
        return Check.HOLDS
    if len(values) > 1:
        return Check.FAILS
    protected = der(values[0].dump())
    parts = {value.tag[0]: value for value in children(protected, read(protected))}
    digest, signature = parts.get(0x30), parts.get(0xA1)
    if digest is None or signature is None:
        return Check.FAILS
    same = _identifier(protected, digest) == _own(signer, "digest_algorithm")
    same = same and _identifier(protected, signature) == _own(signer, "signature_algorithm")
    return Check.HOLDS if same else Check.FAILS


def _announced(message: Message) -> set[str]:
    """The digests that the message names before its content."""
    found = set()
    for algorithm in message.data["digest_algorithms"]:
        try:
            found.add(algorithms.digest_name(algorithm))
        except UnsupportedAlgorithm:
            continue
    return found


def _own(signer: cms.SignerInfo, field: str) -> tuple[bytes, bytes]:
    encoded = der(signer[field].dump())
    return _identifier(encoded, read(encoded))


def _identifier(data: bytes, algorithm: Value) -> tuple[bytes, bytes]:
    """Identifier and parameters of an AlgorithmIdentifier, whatever its own tag."""
    parts = children(data, algorithm)
    if not parts:
        raise UnreadableSignature("an algorithm without identifier")
    rest = data[parts[0].after : algorithm.end]
    return data[parts[0].start : parts[0].end], b"" if rest == b"\x05\x00" else rest


def _certificate(
    signer: cms.SignerInfo, candidates: Iterable[x509.Certificate]
) -> tuple[x509.Certificate | None, Check]:
    """The signer's certificate by sid; of several, the one the ESS attribute names."""
    named = [certificate for certificate in candidates if _is_named(signer["sid"], certificate)]
    attribute = _ess_attribute(signer)
    if attribute is None:
        return (named[0] if named else None), Check.UNKNOWN
    for certificate in named:
        if _ess_matches(attribute, certificate):
            return certificate, Check.HOLDS
    return (named[0] if named else None), Check.FAILS


def _is_named(sid: cms.SignerIdentifier, certificate: x509.Certificate) -> bool:
    try:
        if sid.name == "subject_key_identifier":
            return bool(certificate.key_identifier == sid.chosen.native)
        same_serial = sid.chosen["serial_number"].native == certificate.serial_number
        issuer = sid.chosen["issuer"]
        return bool(
            same_serial
            and (
                issuer.dump() == certificate.issuer.dump()
                or issuer.hashable == certificate.issuer.hashable
            )
        )
    except (ValueError, TypeError, KeyError):
        return False


def _ess_attribute(signer: cms.SignerInfo) -> core.Sequence | None:
    attributes = signer["signed_attrs"]
    for oid, kind in (
        (SIGNING_CERTIFICATE_V2, tsp.SigningCertificateV2),
        (SIGNING_CERTIFICATE, tsp.SigningCertificate),
    ):
        values = attribute_values(attributes, oid)
        if values:
            return kind.load(values[0].dump())
    return None


def _ess_matches(attribute: core.Sequence, certificate: x509.Certificate) -> bool:
    identifiers = attribute["certs"]
    if not len(identifiers):
        return False
    first = identifiers[0]
    name = "sha1"
    if isinstance(first, tsp.ESSCertIDv2):
        name = algorithms.digest_name(first["hash_algorithm"])
    running = algorithms.new_hash(name)
    running.update(certificate.dump())
    return hmac.compare_digest(running.digest(), first["cert_hash"].native)


def _signing_time(signer: cms.SignerInfo) -> datetime | None:
    values = attribute_values(signer["signed_attrs"], SIGNING_TIME)
    if not values:
        return None
    try:
        found = values[0].native
    except ValueError:
        return None
    return found if isinstance(found, datetime) else None
