"""What runs in the isolated child: look at one file, whatever it is, and report.

Every signature by itself; whatever goes wrong is a reason in the report. Only here may a broad
``except`` stand, since only the file can be at fault and the child is thrown away if not.
"""

from __future__ import annotations

import logging
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from signing.asic import check_asic
from signing.cms_file import check_cms
from signing.content import candidates, file_digest
from signing.detect import Detection, detect
from signing.judge import judge_all
from signing.looked import Looked
from signing.pdf import check_pdf
from signing.pdf_bytes import mapped
from signing.results import unread_result
from signing.store import TrustStore, load_store
from signing.trust import Trust
from signing.verdict import worst
from signing.wording import REASONS
from signing.words import (
    Conclusion,
    Engine,
    Kind,
    Note,
    Reading,
    Reason,
    SignatureReport,
    SignatureResult,
)
from signing.xml_file import check_xml
from signing.xml_safe import LARGEST

LARGEST_CMS = 512 * 2**20  #: bytes of a CMS message, which is read whole
CONTAINERS = {
    "ooxml": ("OOXML", "XMLDSig", Kind.SIGNATURE),
    "odf": ("ODF", "XMLDSig", Kind.SIGNATURE),
    "smime": ("EML", "S/MIME", Kind.SIGNATURE),
    "ers": ("ERS", "RFC4998", Kind.EVIDENCE_RECORD),
}


class Findings:
    """What the file's form gave, before it becomes a report."""

    def __init__(self) -> None:
        self.looked: tuple[Looked, ...] = ()
        self.signatures: tuple[SignatureResult, ...] = ()
        self.notes: tuple[Note, ...] = ()
        self.reading = Reading.STRICT
        self.contents: tuple[Path, ...] = ()


def validate_file(
    path: Path,
    content: tuple[Path, ...],
    at: datetime,
    trust: Trust | None,
    name: str,
) -> SignatureReport:
    """Validate the signatures of ``path`` as of ``at``.

    Raises OSError where the file cannot be read, TrustError where the trust store cannot be used.
    """
    # The engine logs what it finds in the file; that belongs into the report, not into a log.
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    detection = detect(path)
    store = load_store(trust)
    found = Findings()
    try:
        _look(path, content, detection, found)
        found.signatures = tuple(looked.result for looked in found.looked)
        found.signatures = judge_all(found.looked, store, at)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - hostile input; the reason is kept
        said = f"{type(error).__name__}: {error}"[:300]
        found.notes += (Note(reason=Reason.CHECK_DIED, detail=said),)
    return _report(path, at, store, name, detection, found)


def _look(path: Path, content: tuple[Path, ...], detection: Detection, found: Findings) -> None:
    with mapped(path) as data:
        is_pdf = b"%PDF-" in data[:4096]
    if is_pdf:
        seen = check_pdf(path)
        found.looked, found.reading, found.notes = seen.signatures, seen.reading, seen.notes
    elif detection.forms == ("cms",):
        _look_cms(path, content, found)
    elif detection.forms == ("asic",):
        found.looked = check_asic(path)
    elif detection.forms == ("xml",):
        found.looked = check_xml(_whole(path, LARGEST), candidates(path, content))
    elif detection.forms:
        found.looked = (_not_checked(detection.forms[0]),)


def _look_cms(path: Path, content: tuple[Path, ...], found: Findings) -> None:
    if path.stat().st_size > LARGEST_CMS:
        found.notes = (Note(reason=Reason.CHECK_DIED, detail="larger than is checked here"),)
        return
    checked = check_cms(path.read_bytes(), candidates(path, content))
    found.looked = checked.signatures
    found.contents = () if checked.content is None else (checked.content,)


def _whole(path: Path, most: int) -> bytes:
    """The file in memory, and one byte more than ``most`` where it is larger."""
    with path.open("rb") as file:
        return file.read(most + 1)


def _not_checked(form: str) -> Looked:
    container, standard, kind = CONTAINERS[form]
    return unread_result(
        signature_id="S1",
        field=None,
        container=container,
        form=standard,
        kind=kind,
        reason=Reason.FORMAT_NOT_CHECKED,
        detail="signed, not checkable here",
        supported=False,
    )


def _conclusion(detection: Detection, found: Findings) -> Conclusion:
    if found.signatures:
        conclusion = worst(signature.conclusion for signature in found.signatures)
        died = any(note.reason is Reason.CHECK_DIED for note in found.notes)
        return Conclusion.INDETERMINATE if died and conclusion is Conclusion.INTACT else conclusion
    unknown = {Reason.CHECK_DIED, Reason.FILE_UNREADABLE, Reason.ENCRYPTED, Reason.TRACE_ONLY}
    if detection.signed or unknown & {note.reason for note in found.notes}:
        return Conclusion.INDETERMINATE
    return Conclusion.UNSIGNED


def _report(
    path: Path,
    at: datetime,
    store: TrustStore,
    name: str,
    detection: Detection,
    found: Findings,
) -> SignatureReport:
    conclusion = _conclusion(detection, found)
    notes = found.notes
    if conclusion is Conclusion.INDETERMINATE and not found.signatures and not notes:
        notes = (Note(reason=Reason.TRACE_ONLY),)
    return SignatureReport(
        file=name,
        sha256=file_digest(path, "sha256").hex(),
        size=path.stat().st_size,
        conclusion=conclusion,
        reading=found.reading,
        signatures=found.signatures,
        warnings=tuple(warning(note) for note in notes),
        notes=notes,
        validation_time=at,
        engine=engine(),
        forms=detection.forms,
        trust=store.fingerprint,
        trusted_lists=store.lists,
        contents=tuple((used.name, file_digest(used, "sha256").hex()) for used in found.contents),
    )


def warning(note: Note) -> str:
    """A note as one German line, with the engine's own words behind it."""
    return REASONS[note.reason] + (f" ({note.detail})" if note.detail else "")


def engine() -> Engine:
    """Name and version of what computes here."""
    return Engine(name="registratur-signing", version=f"1 (pyHanko {version('pyhanko')})")
