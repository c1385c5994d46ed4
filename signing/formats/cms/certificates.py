"""What a certificate says of its holder, as far as it can be read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar

from asn1crypto import core, x509

from signing.conclusions.model import CertificateInfo, Kind

QC_STATEMENTS = "1.3.6.1.5.5.7.1.3"
QC_TYPE = "0.4.0.1862.1.6"
QC_TYPE_SEAL = "0.4.0.1862.1.6.2"
ORGANISATION_IDENTIFIER = "2.5.4.97"
T = TypeVar("T")


def describe(certificate: x509.Certificate, source: str = "signature") -> CertificateInfo:
    """The fields of a report; what cannot be read stays empty, as a foreign certificate may lie."""
    nobody: dict[str, str] = {}
    names = _or(lambda: _names(certificate), nobody)
    return CertificateInfo(
        subject=_or(lambda: str(certificate.subject.human_friendly), ""),
        name=names.get("2.5.4.3"),
        organisation=names.get("2.5.4.10"),
        organisation_identifier=names.get(ORGANISATION_IDENTIFIER),
        pseudonym="2.5.4.65" in names,
        issuer=_or(lambda: str(certificate.issuer.human_friendly), ""),
        serial=_or(lambda: f"{certificate.serial_number:x}", ""),
        sha256=hashlib.sha256(certificate.dump()).hexdigest(),
        not_before=_or(lambda: certificate.not_valid_before, None),
        not_after=_or(lambda: certificate.not_valid_after, None),
        qc_statements=_or(lambda: qc_statements(certificate), ()),
        source=source,
    )


def _or(get: Callable[[], T], otherwise: T) -> T:
    try:
        return get()
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
        return otherwise


def _names(certificate: x509.Certificate) -> dict[str, str]:
    found: dict[str, str] = {}
    for relative in certificate.subject.chosen:
        for pair in relative:
            found.setdefault(pair["type"].dotted, str(pair["value"].native))
    return found


def qc_statements(certificate: x509.Certificate) -> tuple[str, ...]:
    """Identifiers of the QcStatements (EN 319 412-5), with those of QcType behind them."""
    found: list[str] = []
    for extension in certificate["tbs_certificate"]["extensions"]:
        if extension["extn_id"].dotted != QC_STATEMENTS:
            continue
        statements = core.SequenceOf.load(extension["extn_value"].contents, spec=core.Sequence)
        for statement in statements:
            parts = core.Sequence.load(statement.dump())
            oid = parts[0].dotted
            found.append(oid)
            if oid == QC_TYPE:
                found += [kind.dotted for kind in core.Sequence.load(parts[1].dump())]
    return tuple(found)


def kind_of(info: CertificateInfo | None) -> Kind:
    """A seal where the certificate says so (QcType esealed), else a signature."""
    seal = info is not None and QC_TYPE_SEAL in info.qc_statements
    return Kind.SEAL if seal else Kind.SIGNATURE
