"""Validation material that a file carries: certificates, revocation lists, responders' answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from asn1crypto import cms, core, crl, ocsp, x509

from signing.conclusions.model import RevocationInfo
from signing.formats.cms.signed_data import Message, attribute_values

CERTIFICATE_VALUES = "1.2.840.113549.1.9.16.2.23"
REVOCATION_VALUES = "1.2.840.113549.1.9.16.2.24"
ADOBE_REVOCATION = "1.2.840.113583.1.1.8"
OCSP_RESPONSE = "1.3.6.1.5.5.7.16.2"
MOST = 500  #: pieces of one kind that are taken from one file
STRUCTURE_ERRORS = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True)
class Material:
    """Everything untrusted; each piece proves itself by its own signature or is not used."""

    certificates: tuple[x509.Certificate, ...] = ()
    crls: tuple[crl.CertificateList, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()

    def __add__(self, other: Material) -> Material:
        return Material(
            (self.certificates + other.certificates)[:MOST],
            (self.crls + other.crls)[:MOST],
            (self.ocsps + other.ocsps)[:MOST],
        )


def collect(
    certificates: tuple[bytes, ...], crls: tuple[bytes, ...], ocsps: tuple[bytes, ...]
) -> Material:
    """From encoded pieces; those that cannot be read are left out."""
    return Material(
        tuple(c for c in map(_certificate, certificates[:MOST]) if c is not None),
        tuple(c for c in map(_crl, crls[:MOST]) if c is not None),
        tuple(o for o in map(_ocsp, ocsps[:MOST]) if o is not None),
    )


def material_of(message: Message) -> Material:
    """What one CMS message carries, in its own fields and in its signers' attributes."""
    certificates = [c.dump() for c in message.certificates]
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    for choice in _each(message.data["crls"]):
        if choice.name == "certificate_list":
            crls.append(choice.chosen.untag().dump())
        elif choice.name == "other" and choice.chosen["other_rev_info_format"].dotted == (
            OCSP_RESPONSE
        ):
            ocsps.append(choice.chosen["other_rev_info"].dump())
    for signer in message.signers:
        more = _of_signer(signer)
        certificates += more[0]
        crls += more[1]
        ocsps += more[2]
    return collect(tuple(certificates), tuple(crls), tuple(ocsps))


def _of_signer(signer: cms.SignerInfo) -> tuple[list[bytes], list[bytes], list[bytes]]:
    certificates: list[bytes] = []
    crls: list[bytes] = []
    ocsps: list[bytes] = []
    try:
        for value in attribute_values(signer["unsigned_attrs"], CERTIFICATE_VALUES):
            certificates += [c.dump() for c in core.SequenceOf.load(value.dump(), spec=core.Any)]
        for oid, attributes in (
            (REVOCATION_VALUES, signer["unsigned_attrs"]),
            (ADOBE_REVOCATION, signer["signed_attrs"]),
        ):
            for value in attribute_values(attributes, oid):
                _revocation_values(value.dump(), crls, ocsps)
    except STRUCTURE_ERRORS:
        pass  # unsigned hints; what cannot be read does not help, and nothing depends on it
    return certificates, crls, ocsps


def _revocation_values(encoded: bytes, crls: list[bytes], ocsps: list[bytes]) -> None:
    """SEQUENCE { [0] SEQUENCE OF CertificateList, [1] SEQUENCE OF (Basic)OCSPResponse, ... }."""
    for part in core.SequenceOf.load(encoded, spec=core.Any):
        value = part.dump()
        kind = value[0] & 0x1F
        inner = core.SequenceOf.load(core.Any.load(value).contents, spec=core.Any)
        pieces = [piece.dump() for piece in inner]
        if kind == 0:
            crls += pieces
        elif kind == 1:
            ocsps += [_whole_response(piece) for piece in pieces]


def _whole_response(encoded: bytes) -> bytes:
    """CAdES keeps the BasicOCSPResponse, others the OCSPResponse around it."""
    try:
        ocsp.OCSPResponse.load(encoded)["response_status"].native  # noqa: B018 - parses
    except STRUCTURE_ERRORS:
        return bytes(
            ocsp.OCSPResponse(
                {
                    "response_status": "successful",
                    "response_bytes": {
                        "response_type": "basic_ocsp_response",
                        "response": core.ParsableOctetString(encoded),
                    },
                }
            ).dump()
        )
    return encoded


def _certificate(encoded: bytes) -> x509.Certificate | None:
    return _readable(encoded, x509.Certificate, lambda c: c.issuer_serial)


def _crl(encoded: bytes) -> crl.CertificateList | None:
    return _readable(encoded, crl.CertificateList, lambda c: c.issuer.hashable)


def _ocsp(encoded: bytes) -> ocsp.OCSPResponse | None:
    return _readable(encoded, ocsp.OCSPResponse, lambda o: len(o.response_data["responses"]))


def _readable(
    encoded: bytes, kind: type[core.Asn1Value], touch: Callable[[core.Asn1Value], object]
) -> core.Asn1Value | None:
    try:
        value = kind.load(encoded)
        touch(value)
    except (*STRUCTURE_ERRORS, RecursionError):
        return None
    return value


def _each(choices: core.Asn1Value) -> tuple[core.Asn1Value, ...]:
    return () if isinstance(choices, core.Void) else tuple(choices)


def revocation_of(
    certificate: x509.Certificate, issuer: x509.Certificate | None, material: Material
) -> tuple[RevocationInfo, ...]:
    """What the material says of one certificate, for the report; nothing is judged here."""
    found: list[RevocationInfo] = []
    try:
        name = str(certificate.subject.human_friendly)
        serial = certificate.serial_number
        for response in material.ocsps:
            for single in response.response_data["responses"]:
                if single["cert_id"]["serial_number"].native == serial:
                    found.append(_by_ocsp(name, single))
        if issuer is not None:
            for revoked in material.crls:
                if revoked.issuer.hashable == issuer.subject.hashable:
                    found.append(_by_crl(name, serial, revoked))
    except STRUCTURE_ERRORS:
        pass  # only the description suffers
    return tuple(found)


def _by_ocsp(name: str, single: ocsp.SingleResponse) -> RevocationInfo:
    status = single["cert_status"]
    revoked = status.chosen["revocation_time"].native if status.name == "revoked" else None
    return RevocationInfo(
        certificate=name,
        method="OCSP",
        status=status.name,
        this_update=single["this_update"].native,
        next_update=single["next_update"].native,
        revoked_at=revoked,
    )


def _by_crl(name: str, serial: int, revoked: crl.CertificateList) -> RevocationInfo:
    listed = revoked["tbs_cert_list"]
    entries = _each(listed["revoked_certificates"])
    when = next(
        (
            entry["revocation_date"].native
            for entry in entries
            if entry["user_certificate"].native == serial
        ),
        None,
    )
    return RevocationInfo(
        certificate=name,
        method="CRL",
        status="good" if when is None else "revoked",
        this_update=listed["this_update"].native,
        next_update=listed["next_update"].native,
        revoked_at=when,
    )
