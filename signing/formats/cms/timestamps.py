"""Time-stamp tokens (RFC 3161): does the token hold, and over what was stamped?"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime

from asn1crypto import cms, tsp, x509

from signing.conclusions.conclusion_table import Check, Encoding
from signing.conclusions.model import Integrity, TimestampInfo
from signing.errors import UnreadableSignature, UnsupportedAlgorithm
from signing.formats.cms import algorithms
from signing.formats.cms.signed_data import (
    ARCHIVE_TIMESTAMPS,
    SIGNATURE_TIMESTAMP,
    TST_INFO,
    ContentDigest,
    Message,
    SignerCheck,
    attribute_values,
    check_signer,
    read_message,
)
from signing.formats.cms.validation_material import STRUCTURE_ERRORS, Material, material_of

TOKENS = 50  #: time-stamps of one signature that are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCheck:
    """A token: ``imprint`` says whether it stamps the given data, ``signer`` whether it holds."""

    time: datetime | None
    imprint: Check
    signer: SignerCheck

    @property
    def integrity(self) -> Integrity:
        checks = (self.imprint, self.signer.digest, self.signer.value, self.signer.algorithms)
        if Check.FAILS in checks[:3]:
            return Integrity.BROKEN
        good = set(checks) == {Check.HOLDS} and self.signer.encoding is not Encoding.TRANSMITTED
        return Integrity.INTACT if good else Integrity.UNKNOWN


def check_token(message: Message, stamped: ContentDigest) -> TokenCheck:
    """Check a token over data whose digest ``stamped`` gives. Raises UnreadableSignature."""
    if message.content_type != TST_INFO or message.content is None or len(message.signers) != 1:
        raise UnreadableSignature("this is no time-stamp token")
    try:
        info = tsp.TSTInfo.load(message.content)
        time = info["gen_time"].native
        name, expected = _imprint(info)
    except (ValueError, TypeError, KeyError) as error:
        raise UnreadableSignature(f"time-stamp token: {error}") from None
    same = hmac.compare_digest(stamped(name), expected)
    return TokenCheck(
        time=time,
        imprint=Check.HOLDS if same else Check.FAILS,
        signer=check_signer(message, message.signers[0], message.content_digest),
    )


def imprint_of(message: Message) -> tuple[str, bytes] | None:
    """Digest name and value that a token stamps; None where it cannot be read or computed."""
    try:
        return _imprint(tsp.TSTInfo.load(message.content))
    except (UnsupportedAlgorithm, ValueError, TypeError, KeyError):
        return None


def _imprint(info: tsp.TSTInfo) -> tuple[str, bytes]:
    imprint = info["message_imprint"]
    return algorithms.digest_name(imprint["hash_algorithm"]), imprint["hashed_message"].native


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A time-stamp of a signature; ``check`` is None where it could not be read."""

    kind: str  #: SIG_TS, CONTENT_TS, ARCHIVE_TS
    check: TokenCheck | None = None
    material: Material = field(default_factory=Material)
    detail: str = ""

    def describe(self, *, trusted: bool = False, qualified: bool | None = None) -> TimestampInfo:
        """A line of the report."""
        if self.check is None:
            return TimestampInfo(kind=self.kind, detail=self.detail)
        return TimestampInfo(
            kind=self.kind,
            time=self.check.time,
            integrity=self.check.integrity,
            trusted=trusted,
            qualified=qualified,
            authority=_name(self.check.signer.certificate),
            detail=self.detail,
        )


def tokens_of(signer: cms.SignerInfo, signature: bytes) -> tuple[Token, ...]:
    """The time-stamps in a signer's attributes; archive time-stamps are named only."""

    def stamped(name: str) -> bytes:
        running = algorithms.new_hash(name)
        running.update(signature)
        return running.digest()

    attributes = signer["unsigned_attrs"]
    found = [
        read_token("SIG_TS", value.dump(), stamped)
        for value in attribute_values(attributes, SIGNATURE_TIMESTAMP)
    ]
    for oid in sorted(ARCHIVE_TIMESTAMPS):
        for _ in attribute_values(attributes, oid):
            found.append(Token(kind="ARCHIVE_TS", detail="not checked here"))
    return tuple(found[:TOKENS])


def read_token(kind: str, encoded: bytes, stamped: ContentDigest) -> Token:
    """Read and check a token; what cannot be read is said."""
    try:
        message = read_message(encoded)
        check = check_token(message, stamped)
    except (UnreadableSignature, UnsupportedAlgorithm, *STRUCTURE_ERRORS) as error:
        return Token(kind=kind, detail=f"{type(error).__name__}: {error}"[:300])
    said = "; ".join(note.detail or note.reason.value for note in check.signer.notes)
    return Token(kind=kind, check=check, material=material_of(message), detail=said)


def _name(certificate: x509.Certificate | None) -> str:
    if certificate is None:
        return ""
    try:
        return str(certificate.subject.human_friendly)
    except (ValueError, TypeError, KeyError):
        return ""
