"""PDF/A from a source and its recognition, judged by veraPDF; nothing is recognised again.

The road (docs/explanation/ocr.md): the source's own pages with text over them; where that does not
comply, pictures of the pages with the text; where that does not work either, no rendition. A file
that was judged non-compliant is never kept with a PDF/A claim.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
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
from ocr.writing import Task

__all__ = ["PdfaWriter", "Preserved", "embed"]

WRITE_SECONDS = 60.0
SECONDS_A_PAGE = 2.0
FLAVOURS = ("3b", "2b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preserved:
    """A rendition that was written, and what was judged of it."""

    flavour: str
    verdict: str  #: "compliant" or "not-validated"
    validator: str
    report: Mapping[str, Any]
    steps: tuple[str, ...]  #: what was done, German, for the note
    findings: tuple[Found, ...]


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
        kind = kind_of(source)
        ways = ("overlay", "rebuild") if kind is FileKind.PDF else ("enclose", "rebuild")
        attempts: list[str] = []
        deaths: list[ChildDeath] = []
        with tempfile.TemporaryDirectory(prefix=".pdfa-", dir=out.parent) as folder:
            for way in ways:
                made = Path(folder) / f"{way}.pdf"
                task = Task(
                    source=source,
                    out=made,
                    recognition=recognition,
                    flavour=flavour,
                    title=title,
                    pages=pages,
                    keep_attachments=keep_attachments and flavour == "3b",
                )
                try:
                    steps = self._run(way, task, subject, priority)
                except ChildDeath as death:
                    deaths.append(death)
                    attempts.append(f"{way}: {death}")
                    continue
                if steps[:1] == ("failed",):
                    attempts.append(f"{way}: {steps[1]}")
                    continue
                verdict = self.judge(made, flavour)
                if verdict.status == "non-compliant":
                    attempts.append(f"{way}: {_rules(verdict)}")
                    continue
                _move(made, out)
                return _preserved(way, flavour, verdict, steps, attempts)
        if len(deaths) == len(ways):
            raise deaths[-1]
        raise NoRendition(
            "Kein PDF/A: Aus dieser Datei ließ sich keine langzeitfähige Fassung herstellen; "
            f"sie wird nur im Original archiviert ({'; '.join(attempts)})."
        )

    def judge(self, path: Path, flavour: str | None) -> Verdict:
        """What veraPDF says; without it ``not-validated``."""
        if self._validator is None:
            return Verdict(status="not-validated", flavour=flavour, error="kein Prüfprogramm")
        return self._validator.validate(path, flavour)

    def _run(self, way: str, task: Task, subject: str, priority: int) -> tuple[str, ...]:
        seconds = WRITE_SECONDS + SECONDS_A_PAGE * len(task.recognition.pages)
        steps: tuple[str, ...] = self._workshop.run(
            f"ocr.writing:{way}", task, seconds=seconds, subject=subject, priority=priority
        )
        return steps


def _rules(verdict: Verdict) -> str:
    rules = [f"{rule['clause']}-{rule['test']}" for rule in verdict.failed[:5]]
    return ", ".join(rules) or str(verdict.error)


def _move(made: Path, out: Path) -> None:
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(out)


def _preserved(
    way: str, flavour: str, verdict: Verdict, steps: tuple[str, ...], attempts: list[str]
) -> Preserved:
    findings: list[Found] = []
    if way == "rebuild":
        findings.append(
            Found(
                code="pdfa.rebuilt",
                text="Die PDF/A-Fassung zeigt die Seiten als Bilder, weil die Originalseiten "
                "nicht PDF/A-fähig sind.",
                severity=Severity.INFO,
                detail={"because": attempts},
            )
        )
    if verdict.status == "not-validated":
        findings.append(
            Found(
                code="pdfa.not_validated",
                text=f"Die PDF/A-Fassung wurde nicht geprüft: {verdict.error}.",
                severity=Severity.WARNING,
            )
        )
    return Preserved(
        flavour=flavour,
        verdict=verdict.status,
        validator=verdict.validator,
        report={**asdict(verdict), "attempts": attempts, "way": way},
        steps=steps,
        findings=tuple(findings),
    )
