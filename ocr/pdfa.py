"""PDF/A from a source and its recognition, judged by veraPDF; nothing is recognised again.

The road (docs/explanation/ocr.md): the source's own pages with text over them; where that does not
comply, pictures of the pages with the text; where that does not work either, no rendition. A file
that was judged non-compliant is never kept with a PDF/A claim.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from config.errors import ChildDeath
from config.isolation import Workshop
from ocr.embedding import embed
from ocr.errors import NoRendition
from ocr.findings import Found, Severity
from ocr.kinds import FileKind, kind_of
from ocr.profile import ScanProfile
from ocr.recognition import Recognition
from ocr.validator import Validator, Verdict
from ocr.writing import FAILED, Task

__all__ = ["PdfaWriter", "Preserved", "embed"]

WRITE_SECONDS = 60.0
SECONDS_A_PAGE = 2.0
MOST_PICTURED = 100  #: pages; see ``_too_large_to_judge``


@dataclass(frozen=True, slots=True, kw_only=True)
class Preserved:
    """A rendition that was written, and what was judged of it."""

    flavour: str
    verdict: str  #: "compliant" or "not-validated"
    validator: str
    report: Mapping[str, Any]
    steps: tuple[str, ...]  #: what was done, German, for the note
    findings: tuple[Found, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """One way that was gone, and how it ended."""

    way: str
    made: Path
    steps: tuple[str, ...] = ()
    verdict: Verdict | None = None
    failure: str | None = None
    death: ChildDeath | None = None

    @property
    def is_final(self) -> bool:
        """Good, or nobody is here who could say so."""
        return self.verdict is not None and (self.verdict.compliant or not self.verdict.able)

    @property
    def is_open(self) -> bool:
        """Written, and the validator could not come to a verdict."""
        return self.verdict is not None and self.verdict.status == "not-validated"

    def why(self) -> str:
        """How it ended, for the report."""
        if self.verdict is None:
            return f"{self.way}: {self.death or self.failure}"
        return f"{self.way}: {_rules(self.verdict)}"


class PdfaWriter:
    """Writes renditions in the children of a workshop; safe for several threads."""

    def __init__(self, workshop: Workshop, validator: Validator | None) -> None:
        self._workshop = workshop
        self._validator = validator

    def write(
        self,
        source: Path,
        recognition: Recognition,
        out: Path,
        *,
        profile: ScanProfile,
        title: str | None,
        subject: str,
        pages: tuple[int, int] | None = None,
        keep_attachments: bool = True,
        flavour: str = "3b",
        priority: int = 1,
    ) -> Preserved:
        """Write ``out`` (replaced whole, or not at all).

        ``pages`` are the source's pages ``first..last`` that the recognition is of. Turning and
        straightening follow what the recognition says it did.

        Raises:
            NoRendition: no PDF/A can be made of this file.
            ChildDeath: every way killed its child; worth another try.
        """
        task = Task(
            source=source,
            out=out,
            recognition=recognition,
            flavour=flavour,
            title=title,
            pages=pages,
            keep_attachments=keep_attachments and flavour == "3b",
        )
        first = "overlay" if kind_of(source) is FileKind.PDF else "enclose"
        with tempfile.TemporaryDirectory(prefix=".pdfa-", dir=out.parent) as folder:
            tries = [self._try(first, task, Path(folder), subject, priority)]
            if not tries[0].is_final and not self._too_large_to_judge(tries[0], task):
                tries.append(self._try("rebuild", task, Path(folder), subject, priority))
            good = [one for one in tries if one.is_final] or [one for one in tries if one.is_open]
            if good:
                return _kept(good[0], tries, out)
        if all(attempt.death is not None for attempt in tries):
            assert tries[-1].death is not None
            raise tries[-1].death
        raise NoRendition(
            "Kein PDF/A: Aus dieser Datei ließ sich keine langzeitfähige Fassung herstellen; sie "
            f"wird nur im Original archiviert ({'; '.join(one.why() for one in tries)})."
        )

    @staticmethod
    def _too_large_to_judge(attempt: _Attempt, task: Task) -> bool:
        """The validator gave up over a long document: pictures of all pages would be no remedy."""
        ended = attempt.verdict is not None and attempt.verdict.ended
        return ended and len(task.recognition.pages) > MOST_PICTURED

    def judge(self, path: Path, flavour: str | None) -> Verdict:
        """What veraPDF says; without it ``not-validated``."""
        if self._validator is None:
            return Verdict(
                status="not-validated", flavour=flavour, error="kein Prüfprogramm", able=False
            )
        return self._validator.validate(path, flavour)

    def _try(self, way: str, task: Task, folder: Path, subject: str, priority: int) -> _Attempt:
        made = folder / f"{way}.pdf"
        seconds = WRITE_SECONDS + SECONDS_A_PAGE * len(task.recognition.pages)
        try:
            steps: tuple[str, ...] = self._workshop.run(
                f"ocr.writing:{way}",
                replace(task, out=made),
                seconds=seconds,
                subject=subject,
                priority=priority,
            )
        except ChildDeath as death:
            return _Attempt(way=way, made=made, death=death)
        if steps[:1] == (FAILED,):
            return _Attempt(way=way, made=made, failure=steps[1])
        return _Attempt(way=way, made=made, steps=steps, verdict=self.judge(made, task.flavour))


def _rules(verdict: Verdict) -> str:
    rules = [f"{rule['clause']}-{rule['test']}" for rule in verdict.failed[:5]]
    return ", ".join(rules) or str(verdict.error)


def _kept(attempt: _Attempt, tries: list[_Attempt], out: Path) -> Preserved:
    assert attempt.verdict is not None
    with attempt.made.open("rb") as file:
        os.fsync(file.fileno())
    attempt.made.replace(out)
    because = [other.why() for other in tries if other is not attempt]
    findings: list[Found] = []
    if attempt.way == "rebuild":
        findings.append(
            Found(
                code="pdfa.rebuilt",
                text="Die PDF/A-Fassung zeigt die Seiten als Bilder, weil die Originalseiten "
                "nicht PDF/A-fähig sind.",
                severity=Severity.INFO,
                detail={"because": because},
            )
        )
    if attempt.verdict.status == "not-validated":
        findings.append(
            Found(
                code="pdfa.not_validated",
                text=f"Die PDF/A-Fassung wurde nicht geprüft: {attempt.verdict.error}.",
            )
        )
    return Preserved(
        flavour=attempt.verdict.flavour or "",
        verdict=attempt.verdict.status,
        validator=attempt.verdict.validator,
        report={**asdict(attempt.verdict), "attempts": because, "way": attempt.way},
        steps=attempt.steps,
        findings=tuple(findings),
    )
