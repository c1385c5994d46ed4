"""What runs in the isolated child: look at one file, judge what was found, report.

Whatever goes wrong is a reason in the report. Only here may a broad ``except`` stand, since only
the file can be at fault and the child is thrown away if not.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from config.isolation import COMES_BACK
from signing.conclusions.conclusion_table import worst
from signing.conclusions.german_wording import REASONS
from signing.conclusions.model import (
    Conclusion,
    Engine,
    Kind,
    Note,
    Reason,
    SignatureReport,
    SignatureResult,
)
from signing.detect import detect
from signing.formats.detached_content import file_digest
from signing.judgement.indications import judge_all
from signing.readers import Findings, look_at
from signing.trust.trust_folder import Trust
from signing.trust.trust_store import TrustStore, load_store

#: the detail of these notes are names that the file itself gives: of parts, members, senders
NAMING = frozenset({
    Reason.PART_NOT_COVERED, Reason.PART_OF_ANOTHER, Reason.SENDER_DIFFERS, Reason.DIGEST_MISMATCH,
    Reason.CONTENT_MISSING, Reason.CONTENT_BY_DIGEST,
})  # fmt: skip
#: why a file without a readable signature is still not called unsigned
OPEN = frozenset({Reason.CHECK_DIED, Reason.FILE_UNREADABLE, Reason.ENCRYPTED, Reason.TRACE_ONLY})


def validate_file(
    path: Path,
    content: tuple[Path, ...],
    at: datetime,
    trust: Trust | None,
    name: str,
) -> SignatureReport:
    """Validate the signatures of ``path`` as of ``at``; ``name`` is the report's file name.

    Raises OSError where the file cannot be read, TrustError where the trust store cannot be used.
    """
    # The engine logs what it finds in the file; that belongs into the report, not into a log.
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    store = load_store(trust)
    found = Findings(detection=detect(path))
    signatures: tuple[SignatureResult, ...] = ()
    try:
        found = look_at(path, content)
        signatures = tuple(looked.result for looked in found.looked)
        signatures = judge_all(found.looked, store, at)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in COMES_BACK:
            raise  # the disk's fault; any other (a place before the file's start) is the file's
        said = f"{type(error).__name__}: {error}"[:300]
        note = Note(reason=Reason.CHECK_DIED, detail=said)
        found = replace(found, notes=(*found.notes, note))
    return _report(path, at, store, name, found, signatures)


def _conclusion(found: Findings, signatures: tuple[SignatureResult, ...]) -> Conclusion:
    reasons = {note.reason for note in found.notes}
    rights = [one for one in signatures if one.kind is Kind.USAGE_RIGHTS]
    signatures = tuple(one for one in signatures if one.kind is not Kind.USAGE_RIGHTS)
    if rights and not signatures and not OPEN & reasons:
        return Conclusion.UNSIGNED
    if signatures:
        conclusion = worst(signature.conclusion for signature in signatures)
        died = Reason.CHECK_DIED in reasons and conclusion is Conclusion.INTACT
        return Conclusion.INDETERMINATE if died else conclusion
    if found.detection.signed or OPEN & reasons:
        return Conclusion.INDETERMINATE
    return Conclusion.UNSIGNED


def _report(
    path: Path,
    at: datetime,
    store: TrustStore,
    name: str,
    found: Findings,
    signatures: tuple[SignatureResult, ...],
) -> SignatureReport:
    conclusion = _conclusion(found, signatures)
    notes = found.notes
    if conclusion is Conclusion.UNSIGNED and signatures:
        notes = (*notes, Note(reason=Reason.USAGE_RIGHTS_ONLY))
    if conclusion is Conclusion.INDETERMINATE and not signatures and not notes:
        notes = (Note(reason=Reason.TRACE_ONLY),)
    return SignatureReport(
        file=name,
        sha256=file_digest(path, "sha256").hex(),
        size=path.stat().st_size,
        conclusion=conclusion,
        reading=found.reading,
        signatures=signatures,
        warnings=(*_warnings(notes, signatures), *store.warnings(at)),
        notes=notes,
        validation_time=at,
        engine=engine(),
        forms=found.detection.forms,
        trust=store.fingerprint,
        trusted_lists=store.lists,
        contents=tuple((used.name, file_digest(used, "sha256").hex()) for used in found.contents),
    )


def _warnings(notes: tuple[Note, ...], signatures: tuple[SignatureResult, ...]) -> list[str]:
    """Everything that was noted, of the file and of each signature, but what is as it should be."""
    lines = [warning(note) for note in notes]
    for signature in signatures:
        name = signature.field or signature.signature_id
        lines += [
            f"{name}: {warning(note)}"
            for note in signature.notes
            if note.reason is not Reason.PERMITTED_CHANGES
        ]
    return lines


def warning(note: Note) -> str:
    """A note as one German line, with the names of what it is about; what else the engine says, in
    its own words, stands in the note alone."""
    told = note.detail if note.reason in NAMING else ""
    return REASONS[note.reason] + (f" ({told})" if told else "")


def engine() -> Engine:
    """Name and version of what computes here."""
    return Engine(name="registratur-signing", version=f"1 (pyHanko {version('pyhanko')})")
