"""From computed facts to one line of the report, the same for every container."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from signing.certificates import describe, kind_of
from signing.cms import SignerCheck
from signing.verdict import Check, IntegrityFacts, Verdict, decide
from signing.words import (
    Conclusion,
    Indication,
    Integrity,
    Kind,
    Note,
    Reason,
    SignatureResult,
    TimestampInfo,
)


def with_signer(facts: IntegrityFacts, check: SignerCheck) -> IntegrityFacts:
    """The facts of the file, completed by those of the signer."""
    return dataclasses.replace(
        facts,
        digest=check.digest,
        value=check.value,
        algorithms=check.algorithms,
        encoding=check.encoding,
    )


def indication_of(verdict: Verdict, check: SignerCheck | None) -> tuple[Indication, str]:
    """What EN 319 102-1 says of the integrity alone; the chain is asked where this is open.

    INDETERMINATE / NO_CERTIFICATE_CHAIN_FOUND is the answer while nobody is trusted.
    """
    if verdict.integrity is Integrity.BROKEN:
        digest = Reason.DIGEST_MISMATCH in verdict.reasons
        return Indication.TOTAL_FAILED, "HASH_FAILURE" if digest else "SIG_CRYPTO_FAILURE"
    if check is not None and check.certificate is None:
        return Indication.INDETERMINATE, "NO_SIGNING_CERTIFICATE_FOUND"
    if verdict.conclusion is not Conclusion.INTACT:
        shape = {Reason.ENCAPSULATED_CONTENT, Reason.PAGES_DIFFER} & set(verdict.reasons)
        return Indication.INDETERMINATE, "FORMAT_FAILURE" if shape else "GENERIC"
    if check is not None and check.certificate_bound is Check.FAILS:
        return Indication.INDETERMINATE, "NO_SIGNING_CERTIFICATE_FOUND"
    return Indication.INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND"


def signer_result(
    *,
    signature_id: str,
    field: str | None,
    container: str,
    form: str,
    facts: IntegrityFacts,
    check: SignerCheck,
    covers_whole_file: bool | None,
    kind: Kind | None = None,
    claimed_level: str | None = None,
    signing_time: datetime | None = None,
    timestamps: tuple[TimestampInfo, ...] = (),
    byte_range: tuple[int, ...] | None = None,
    notes: tuple[Note, ...] = (),
) -> SignatureResult:
    """A signature whose structure could be read."""
    verdict = decide(with_signer(facts, check))
    indication, sub_indication = indication_of(verdict, check)
    certificate = describe(check.certificate) if check.certificate is not None else None
    return SignatureResult(
        signature_id=signature_id,
        field=field,
        container=container,
        format=form,
        kind=kind or kind_of(certificate),
        conclusion=verdict.conclusion,
        indication=indication,
        sub_indication=sub_indication,
        integrity=verdict.integrity,
        changes=verdict.changes,
        covers_whole_file=covers_whole_file,
        signer=certificate.subject if certificate is not None else None,
        certificate=certificate,
        claimed_level=claimed_level,
        signing_time=check.signing_time or signing_time,
        byte_range=byte_range,
        algorithms=check.uses,
        timestamps=timestamps,
        notes=merged(verdict.reasons, (*check.notes, *notes)),
    )


def unread_result(
    *,
    signature_id: str,
    field: str | None,
    container: str,
    form: str,
    reason: Reason,
    detail: str,
    kind: Kind = Kind.SIGNATURE,
    supported: bool = True,
    byte_range: tuple[int, ...] | None = None,
) -> SignatureResult:
    """A signature that is there and cannot be read, or is of a form not checked here."""
    verdict = decide(IntegrityFacts(supported=supported, readable=False))
    unreadable = Indication.INDETERMINATE
    return SignatureResult(
        signature_id=signature_id,
        field=field,
        container=container,
        format=form,
        kind=kind,
        conclusion=verdict.conclusion,
        indication=unreadable,
        sub_indication="FORMAT_FAILURE" if supported else "GENERIC",
        integrity=verdict.integrity,
        changes=verdict.changes,
        covers_whole_file=None,
        byte_range=byte_range,
        notes=(Note(reason=reason, detail=detail),),
    )


def merged(reasons: tuple[Reason, ...], notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """The verdict's reasons first, each with its detail where a note has one."""
    details = {note.reason: note for note in notes}
    first = [details.get(reason, Note(reason=reason)) for reason in reasons]
    return (*first, *(note for note in notes if note.reason not in reasons))
