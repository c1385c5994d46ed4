"""From a certificate to an anchor, at one moment, with what lies at hand. Never the network.

The shell model (PKIX). Signatures after the German chain model come out indeterminate where a
certificate above had expired; the report says so (LEGACY_DE_CHAIN_MODEL is the clerk's hint).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, unique

from asn1crypto import x509
from cryptography.exceptions import InvalidSignature
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import AuthorityWithCert
from pyhanko_certvalidator.errors import (
    CRLValidationError,
    DisallowedAlgorithmError,
    ExpiredError,
    InsufficientRevinfoError,
    InvalidCertificateError,
    NotYetValidError,
    OCSPValidationError,
    PathBuildingError,
    PathError,
    PathValidationError,
    RevokedError,
    ValidationError,
)
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.registry import TrustManager
from pyhanko_certvalidator.validate import async_validate_path

from signing.formats.cms.validation_material import STRUCTURE_ERRORS, Material
from signing.trust.algorithm_policy import DatedAlgorithms

TOLERANCE = timedelta(minutes=5)  #: between clocks
PATHS = 20  #: paths of one certificate that are tried
CLIENT_PURPOSES = frozenset({"client_auth", "server_auth", "code_signing", "ocsp_signing"})
#: what the engine lets out on certificates that lie; the kind decides the answer
ENGINE_ERRORS = (
    ValidationError,
    PathError,
    CRLValidationError,
    OCSPValidationError,
    InvalidSignature,
    NotImplementedError,
    RecursionError,
    LookupError,
    *STRUCTURE_ERRORS,
)


@unique
class Purpose(StrEnum):
    """What the certificate was used for."""

    SIGNATURE = "signature"
    TIMESTAMP = "timestamp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The answer: ``failure`` is a sub-indication of EN 319 102-1, None where the path is good."""

    failure: str | None
    detail: str = ""
    certificates: tuple[x509.Certificate, ...] = ()  #: from the leaf up, the anchor's last
    path: ValidationPath | None = None
    since: datetime | None = None  #: when the certificate was revoked, expired or starts


REVOCATION = CertRevTrustPolicy(
    # Everything that names a source of revocation data must be checked; a CA that names none
    # (a small internal one) is taken at its word.
    RevocationCheckingPolicy(
        ee_certificate_rule=RevocationCheckingRule.CHECK_IF_DECLARED,
        intermediate_ca_cert_rule=RevocationCheckingRule.CHECK_IF_DECLARED,
    ),
    # Data that was issued after the moment still says what held at it.
    retroactive_revinfo=True,
)


def build_chain(
    certificate: x509.Certificate,
    manager: TrustManager,
    material: Material,
    moment: datetime,
    purpose: Purpose,
) -> Chain:
    """Find and validate a path as of ``moment``."""
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    context = ValidationContext(
        trust_manager=manager,
        other_certs=material.certificates,
        crls=material.crls,
        ocsps=material.ocsps,
        allow_fetching=False,
        moment=moment,
        revinfo_policy=REVOCATION,
        time_tolerance=TOLERANCE,
        algorithm_usage_policy=DatedAlgorithms(moment),
    )
    try:
        path = asyncio.run(_valid_path(certificate, context))
    except ENGINE_ERRORS as error:
        return _failed(error)
    wrong = _wrong_purpose(certificate, purpose)
    if wrong:
        return Chain(
            failure="CHAIN_CONSTRAINTS_FAILURE",
            detail=wrong,
            certificates=_certificates(path),
            path=path,
        )
    return Chain(failure=None, certificates=_certificates(path), path=path)


class _AnchoredPath(ValidationPath):
    """A path whose anchor may itself have signed a revocation list.

    The anchors of trusted lists are issuing authorities and not self-signed; the engine looks for
    their issuer on the path and finds none, so their own lists could not be used.
    """

    def truncate_to_issuer_and_append(self, cert: x509.Certificate) -> ValidationPath:
        anchor = self.trust_anchor.authority
        if isinstance(anchor, AuthorityWithCert) and anchor.certificate.sha256 == cert.sha256:
            return ValidationPath(self.trust_anchor, interm=[], leaf=None)
        path: ValidationPath = super().truncate_to_issuer_and_append(cert)
        return path


async def _valid_path(certificate: x509.Certificate, context: ValidationContext) -> ValidationPath:
    """The first path that holds. Raises what the first one failed for, or PathBuildingError."""
    failures: list[ValidationError] = []
    paths = context.path_builder.async_build_paths_lazy(certificate)
    try:
        async for found in paths:
            path = _AnchoredPath(found.trust_anchor, found._interm, found._leaf)
            try:
                await async_validate_path(context, path)
            except ValidationError as error:
                failures.append(error)
                if len(failures) >= PATHS:
                    break
            else:
                return path
    except PathBuildingError:
        if not failures:
            raise
    finally:
        await paths.cancel()  # type: ignore[no-untyped-call]
    if not failures:
        raise PathBuildingError("no path to an anchor")
    raise failures[0]


def _certificates(path: ValidationPath | None) -> tuple[x509.Certificate, ...]:
    if path is None:
        return ()
    return tuple(c for c in reversed(list(path)) if isinstance(c, x509.Certificate))


def _wrong_purpose(certificate: x509.Certificate, purpose: Purpose) -> str:
    """Key usage by purpose: a time-stamp needs its own (RFC 3161 2.3), a signature may rest on
    either signing bit unless the certificate is for log-in alone (EN 319 412-2 4.3.2)."""
    usage = certificate.key_usage_value
    extended = certificate.extended_key_usage_value
    purposes = set() if extended is None else {item.native for item in extended}
    if purpose is Purpose.TIMESTAMP:
        return "" if "time_stamping" in purposes else "the certificate is not for time-stamping"
    bits = None if usage is None else usage.native
    if bits is not None and not {"digital_signature", "non_repudiation"} & bits:
        return "the certificate's key is not for signing"
    if bits is not None and "non_repudiation" in bits:
        return ""
    if purposes and purposes <= CLIENT_PURPOSES:
        return "the certificate is for signing in, not for signatures"
    return ""


def _failed(error: Exception) -> Chain:
    """The sub-indication for what the engine raised (EN 319 102-1 5.2.6)."""
    path = error.original_path if isinstance(error, PathValidationError) else None
    answer = _name(error)
    return Chain(
        failure=answer[0],
        detail=f"{type(error).__name__}: {error}"[:300],
        certificates=_certificates(path),
        since=answer[1],
    )


def _name(error: Exception) -> tuple[str, datetime | None]:
    if isinstance(error, RevokedError):
        name = "REVOKED_NO_POE" if error.is_ee_cert else "REVOKED_CA_NO_POE"
        return name, error.revocation_dt
    if isinstance(error, ExpiredError):
        at_leaf = error.is_ee_cert and not error.is_side_validation
        name = "OUT_OF_BOUNDS_NO_POE" if at_leaf else "CERTIFICATE_CHAIN_GENERAL_FAILURE"
        return name, error.expired_dt
    if isinstance(error, NotYetValidError):
        return ("NOT_YET_VALID" if error.is_ee_cert else "CERTIFICATE_CHAIN_GENERAL_FAILURE"), None
    if isinstance(error, DisallowedAlgorithmError):
        ended = error.banned_since
        return "CRYPTO_CONSTRAINTS_FAILURE" + ("_NO_POE" if ended else ""), ended
    if isinstance(error, PathBuildingError):
        return "NO_CERTIFICATE_CHAIN_FOUND", None
    if isinstance(error, InsufficientRevinfoError):
        return "TRY_LATER", None
    if isinstance(error, InvalidCertificateError):
        return "CHAIN_CONSTRAINTS_FAILURE", None
    if isinstance(error, ValidationError):
        return "CERTIFICATE_CHAIN_GENERAL_FAILURE", None
    return "GENERIC", None
