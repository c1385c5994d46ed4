"""Time-stamp tokens (RFC 3161): does the token hold, and over what was stamped?"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms, tsp, x509

from signing import algorithms
from signing.cms import (
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
from signing.errors import UnreadableSignature, UnsupportedAlgorithm
from signing.verdict import Check, Encoding
from signing.words import Integrity, TimestampInfo


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
        imprint = info["message_imprint"]
        expected = imprint["hashed_message"].native
        time = info["gen_time"].native
        name = algorithms.digest_name(imprint["hash_algorithm"])
    except (ValueError, TypeError, KeyError) as error:
        raise UnreadableSignature(f"time-stamp token: {error}") from None
    same = hmac.compare_digest(stamped(name), expected)
    return TokenCheck(
        time=time,
        imprint=Check.HOLDS if same else Check.FAILS,
        signer=check_signer(message, message.signers[0], message.content_digest),
    )


def tokens_of(signer: cms.SignerInfo, signature: bytes) -> tuple[TimestampInfo, ...]:
    """The time-stamps in a signer's unsigned attributes; archive time-stamps are named only."""

    def stamped(name: str) -> bytes:
        running = algorithms.new_hash(name)
        running.update(signature)
        return running.digest()

    attributes = signer["unsigned_attrs"]
    found = [
        describe_token("SIG_TS", value.dump(), stamped)
        for value in attribute_values(attributes, SIGNATURE_TIMESTAMP)
    ]
    for oid in sorted(ARCHIVE_TIMESTAMPS):
        found += [
            TimestampInfo(kind="ARCHIVE_TS", detail="not checked here")
            for _ in attribute_values(attributes, oid)
        ]
    return tuple(found)


def describe_token(kind: str, encoded: bytes, stamped: ContentDigest) -> TimestampInfo:
    """A token as a line of the report; what cannot be read is said there."""
    try:
        token = check_token(read_message(encoded), stamped)
    except (UnreadableSignature, UnsupportedAlgorithm) as error:
        return TimestampInfo(kind=kind, detail=str(error))
    return TimestampInfo(
        kind=kind,
        time=token.time,
        integrity=token.integrity,
        authority=_name(token.signer.certificate),
        detail="; ".join(note.detail or note.reason.value for note in token.signer.notes),
    )


def _name(certificate: x509.Certificate | None) -> str:
    if certificate is None:
        return ""
    try:
        return str(certificate.subject.human_friendly)
    except (ValueError, TypeError, KeyError):
        return ""
