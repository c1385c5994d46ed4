"""Validation of one file's signatures, in an isolated child. The only door for others."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from config.clock import Clock, now
from config.errors import ChildDeath, Unavailable
from config.isolation import Workshop
from signing.children import VALIDATE
from signing.conclusions.model import Conclusion, Engine, Note, Reading, Reason, SignatureReport
from signing.detect import Detection, detect
from signing.trust.trust_folder import Trust

SECONDS = 120.0  #: for one file; the slowest real one takes under one
PRELOAD = ("signing.validate",)  #: for the Workshop, so that each child imports once


class Verifier:
    """Validates files. Thread-safe as its workshop is; opens no network connection."""

    def __init__(
        self,
        workshop: Workshop,
        *,
        trust: Trust | None = None,
        clock: Clock = now,
        seconds: float = SECONDS,
    ) -> None:
        self._workshop = workshop
        self._trust = trust
        self._clock = clock
        self._seconds = seconds

    def verify(
        self,
        path: Path,
        *,
        content: tuple[Path, ...] = (),
        at: datetime | None = None,
        subject: str,
        priority: int = 1,
    ) -> SignatureReport:
        """A report on ``path`` as of ``at`` (default: now); ``subject`` names it in the report.

        ``content``: detached content, files or folders; where none is named, what lies beside.
        A child that dies or runs out of time gives an indeterminate report, not an error.

        Raises:
            Unavailable: the file itself cannot be read.
        """
        at = at or self._clock()
        try:
            return self._checked(path, content, at, subject, priority)
        except OSError as error:
            raise Unavailable(f"{subject}: cannot be read for validation: {error}") from error

    def _checked(
        self, path: Path, content: tuple[Path, ...], at: datetime, subject: str, priority: int
    ) -> SignatureReport:
        detection = detect(path)
        try:
            return self._workshop.run(
                VALIDATE(path, content, at, self._trust, subject),
                seconds=self._seconds,
                subject=subject,
                priority=priority,
            )
        except ChildDeath as death:
            return _died(path, at, subject, detection, str(death))


def _died(
    path: Path, at: datetime, subject: str, detection: Detection, why: str
) -> SignatureReport:
    """The check could not be made, which is no pass and no "unsigned" (promise 4)."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return SignatureReport(
        file=subject,
        sha256=digest,
        size=path.stat().st_size,
        conclusion=Conclusion.INDETERMINATE,
        reading=Reading.STRICT,
        signatures=(),
        warnings=(f"Die Prüfung wurde abgebrochen. ({why})",),
        notes=(Note(reason=Reason.CHECK_DIED, detail=why),),
        validation_time=at,
        engine=Engine(name="registratur-signing", version="1"),
        forms=detection.forms,
    )
