"""From computed facts to one line of the report, the same for every container."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from signing.conclusions.conclusion_table import IntegrityFacts, decide
from signing.conclusions.model import Indication, Kind, Note, Reason, SignatureResult
from signing.formats.cms.certificates import describe, kind_of
from signing.formats.cms.signed_data import SignerCheck
from signing.formats.cms.timestamps import Token
from signing.formats.cms.validation_material import Material
from signing.formats.reader_result import Looked

MOST = 100  #: signatures of one file that are checked


def with_signer(facts: IntegrityFacts, check: SignerCheck) -> IntegrityFacts:
    """The facts of the file, completed by those of the signer."""
    return dataclasses.replace(
        facts,
        digest=check.digest,
        value=check.value,
        algorithms=check.algorithms,
        encoding=check.encoding,
    )


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
    tokens: tuple[Token, ...] = (),
    material: Material | None = None,
    byte_range: tuple[int, ...] | None = None,
    notes: tuple[Note, ...] = (),
) -> Looked:
    """A signature whose structure could be read; the indication is open until it is judged."""
    verdict = decide(with_signer(facts, check))
    certificate = describe(check.certificate) if check.certificate is not None else None
    result = SignatureResult(
        signature_id=signature_id,
        field=field,
        container=container,
        format=form,
        kind=kind or kind_of(certificate),
        conclusion=verdict.conclusion,
        indication=Indication.INDETERMINATE,
        sub_indication="GENERIC",
        integrity=verdict.integrity,
        changes=verdict.changes,
        covers_whole_file=covers_whole_file,
        signer=certificate.subject if certificate is not None else None,
        certificate=certificate,
        claimed_level=claimed_level,
        signing_time=check.signing_time or signing_time,
        byte_range=byte_range,
        algorithms=check.uses,
        timestamps=tuple(token.describe() for token in tokens),
        notes=merged(verdict.reasons, (*check.notes, *notes)),
    )
    end = None if byte_range is None else byte_range[-2] + byte_range[-1]
    return Looked(
        result=result,
        check=check,
        tokens=tokens,
        material=material or Material(),
        end=end,
        hole=None if byte_range is None else byte_range[1],
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
) -> Looked:
    """A signature that is there and cannot be read, or is of a form not checked here."""
    verdict = decide(IntegrityFacts(supported=supported, readable=False))
    result = SignatureResult(
        signature_id=signature_id,
        field=field,
        container=container,
        format=form,
        kind=kind,
        conclusion=verdict.conclusion,
        indication=Indication.INDETERMINATE,
        sub_indication=_sub_indication(reason, supported),
        integrity=verdict.integrity,
        changes=verdict.changes,
        covers_whole_file=None,
        byte_range=byte_range,
        notes=(Note(reason=reason, detail=detail),),
    )
    return Looked(result=result)


def limited(found: Iterable[Looked], container: str) -> tuple[Looked, ...]:
    """The first ``MOST``; where there are more, a last line that says so and spoils the rest."""
    taken = list(islice(found, MOST + 1))
    if len(taken) > MOST:
        taken[MOST] = unread_result(
            signature_id=f"S{MOST + 1}",
            field=None,
            container=container,
            form=container,
            reason=Reason.TOO_MANY_SIGNATURES,
            detail=f"only the first {MOST} are checked",
        )
    return tuple(taken)


def merged(reasons: tuple[Reason, ...], notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """The verdict's reasons first, each with its detail where a note has one."""
    details = {note.reason: note for note in notes}
    first = [details.get(reason, Note(reason=reason)) for reason in reasons]
    return (*first, *(note for note in notes if note.reason not in reasons))


def _sub_indication(reason: Reason, supported: bool) -> str:
    """EN 319 102-1 5.1.3, table 6."""
    if reason is Reason.CONTENT_MISSING:
        return "SIGNED_DATA_NOT_FOUND"
    return "FORMAT_FAILURE" if supported else "GENERIC"
