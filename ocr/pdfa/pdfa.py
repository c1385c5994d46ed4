"""PDF/A from a source and its recognition, judged by veraPDF; nothing is recognised again.

The road (docs/explanation/ocr.md): the source's own pages with text over them; where that does not
comply, pictures of the pages with the text; where that does not work either, no rendition. A file
that was judged non-compliant is never kept with a PDF/A claim.

What could be kept is compared with the source as rendered. Where a page differs, the change of ours
that may have caused it is taken back: first the removal of an old text layer, then everything, by a
picture of that page. What still differs is a finding.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from config.errors import ChildDeath
from config.isolation import Workshop
from ocr.accepted_kinds import FileKind, kind_of
from ocr.children import ENCLOSE, OVERLAY, REBUILD
from ocr.compare.comparison import Comparer, findings
from ocr.compare.orders import Comparison, Made, Pair
from ocr.errors import NoRendition
from ocr.findings import Found, Severity
from ocr.pdfa.embedding import embed
from ocr.pdfa.validator import Validator, Verdict
from ocr.pdfa.writing import FAILED, Task
from ocr.recognition.result import PageText, Recognition
from ocr.scan_profile import ScanProfile

__all__ = ["PdfaWriter", "Preserved", "embed"]

WAYS = {"overlay": OVERLAY, "enclose": ENCLOSE, "rebuild": REBUILD}
WRITE_SECONDS = 60.0
SECONDS_A_PAGE = 2.0
MOST_PICTURED = 100  #: pages; more as pictures of themselves would be no remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Preserved:
    """A rendition that was written, and what was judged of it."""

    flavour: str
    verdict: str  #: "compliant" or "not-validated"
    validator: str
    report: Mapping[str, Any]
    steps: tuple[str, ...]  #: what was done, German, for the note
    findings: tuple[Found, ...]
    comparison: Comparison  #: with the source, page by page


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """One way that was gone, and how it ended."""

    way: str
    task: Task
    made: Path
    steps: tuple[str, ...] = ()
    verdict: Verdict | None = None
    failure: str | None = None
    death: ChildDeath | None = None
    comparison: Comparison | None = None  #: of what may be kept

    @property
    def is_final(self) -> bool:
        """Good, or nobody is here who could say so."""
        return self.verdict is not None and (self.verdict.compliant or not self.verdict.able)

    @property
    def is_open(self) -> bool:
        """Written, and the validator could not come to a verdict."""
        return self.verdict is not None and self.verdict.status == "not-validated"

    @property
    def differing(self) -> tuple[int, ...]:
        """Pages that look otherwise than the source's."""
        return self.comparison.differing if self.comparison else ()

    def why(self) -> str:
        """How it ended, for the report."""
        if self.verdict is None:
            return f"{self.way}: {self.death or self.failure}"
        if self.comparison is not None:
            pages = ", ".join(map(str, self.differing[:10]))
            return f"{self.way}: pages that look otherwise: {pages or 'none'}"
        return f"{self.way}: {_rules(self.verdict)}"


class PdfaWriter:
    """Writes renditions in the children of a workshop; safe for several threads."""

    def __init__(self, workshop: Workshop, validator: Validator | None) -> None:
        self._workshop = workshop
        self._validator = validator
        self._comparer = Comparer(workshop)

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
        with tempfile.TemporaryDirectory(prefix=".pdfa-", dir=out.parent) as folder:
            tries: list[_Attempt] = []
            for way, wanted in self._ways(task, tries):
                made = Path(folder) / f"{len(tries)}.pdf"
                tries.append(self._try(way, replace(wanted, out=made), subject, priority))
            good = [one for one in tries if one.is_final] or [one for one in tries if one.is_open]
            if good:
                return _kept(min(good, key=lambda one: len(one.differing)), tries, out)
        if all(attempt.death is not None for attempt in tries):
            assert tries[-1].death is not None
            raise tries[-1].death
        raise NoRendition(
            "Kein PDF/A: Aus dieser Datei ließ sich keine langzeitfähige Fassung herstellen; sie "
            f"wird nur im Original archiviert ({'; '.join(one.why() for one in tries)})."
        )

    @staticmethod
    def _ways(task: Task, tries: list[_Attempt]) -> Iterator[tuple[str, Task]]:
        """One way after another while ``tries`` shows nothing that is good."""
        is_pdf = kind_of(task.source) is FileKind.PDF
        yield ("overlay" if is_pdf else "enclose"), task
        if not tries[0].is_final:
            if not _too_large_to_judge(tries[0]):
                yield "rebuild", task
            return
        if tries[-1].differing and not is_pdf:
            yield "rebuild", task
        elif tries[-1].differing:
            read = {page for page, text in enumerate(task.recognition.pages, 1) if _is_read(text)}
            kept = read.intersection(tries[-1].differing)
            if kept:
                yield "overlay", replace(task, whole_text=frozenset(kept))
            left = tries[-1].differing
            if 0 < len(left) <= MOST_PICTURED:
                yield "overlay", replace(tries[-1].task, pictured=frozenset(left))

    def judge(self, path: Path, flavour: str | None) -> Verdict:
        """What veraPDF says; without it ``not-validated``."""
        if self._validator is None:
            return Verdict(
                status="not-validated", flavour=flavour, error="kein Prüfprogramm", able=False
            )
        return self._validator.validate(path, flavour)

    def _try(self, way: str, task: Task, subject: str, priority: int) -> _Attempt:
        seconds = WRITE_SECONDS + SECONDS_A_PAGE * len(task.recognition.pages)
        try:
            steps = self._workshop.run(
                WAYS[way](task), seconds=seconds, subject=subject, priority=priority
            )
        except ChildDeath as death:
            return _Attempt(way=way, task=task, made=task.out, death=death)
        if steps[:1] == (FAILED,):
            return _Attempt(way=way, task=task, made=task.out, failure=steps[1])
        attempt = _Attempt(
            way=way,
            task=task,
            made=task.out,
            steps=steps,
            verdict=self.judge(task.out, task.flavour),
        )
        if not (attempt.is_final or attempt.is_open):
            return attempt
        return replace(attempt, comparison=self._compare(attempt, subject, priority))

    def _compare(self, attempt: _Attempt, subject: str, priority: int) -> Comparison:
        return self._comparer.compare(
            attempt.task.source,
            attempt.made,
            _pairs(attempt),
            is_part=attempt.task.pages is not None,
            subject=subject,
            priority=priority,
        )


def _too_large_to_judge(attempt: _Attempt) -> bool:
    """The validator gave up over a long document: pictures of all pages would be no remedy."""
    ended = attempt.verdict is not None and attempt.verdict.ended
    return ended and len(attempt.task.recognition.pages) > MOST_PICTURED


def _is_read(text: PageText) -> bool:
    """Recognised, so that an old text layer was taken off."""
    return text.source == "ocr"


def _pairs(attempt: _Attempt) -> tuple[Pair, ...]:
    """Which page of the copy is of which page of the source, and how it was made."""
    task = attempt.task
    first, _ = task.pages or (1, 0)
    usual = {"overlay": Made.KEPT, "enclose": Made.PICTURE}.get(attempt.way, Made.REDRAWN)
    return tuple(
        Pair(
            source=first - 1 + text.number,
            copy=number,
            made=Made.REDRAWN if number in task.pictured else usual,
            turn=text.turn if text.turned else 0,
            skew=text.skew if text.straightened else 0.0,
        )
        for number, text in enumerate(task.recognition.pages, 1)
    )


def _rules(verdict: Verdict) -> str:
    rules = [f"{rule['clause']}-{rule['test']}" for rule in verdict.failed[:5]]
    return ", ".join(rules) or str(verdict.error)


def _kept(attempt: _Attempt, tries: list[_Attempt], out: Path) -> Preserved:
    assert attempt.verdict is not None
    assert attempt.comparison is not None
    attempt.made.replace(out)
    return Preserved(
        flavour=attempt.verdict.flavour or "",
        verdict=attempt.verdict.status,
        validator=attempt.verdict.validator,
        report={
            **asdict(attempt.verdict),
            "attempts": _because(attempt, tries),
            "way": attempt.way,
            "comparison": attempt.comparison.as_json(),
        },
        steps=attempt.steps,
        findings=(*_findings(attempt, tries), *findings(attempt.comparison)),
        comparison=attempt.comparison,
    )


def _because(attempt: _Attempt, tries: list[_Attempt]) -> list[str]:
    return [other.why() for other in tries if other is not attempt]


def _findings(attempt: _Attempt, tries: list[_Attempt]) -> list[Found]:
    assert attempt.verdict is not None
    because = _because(attempt, tries)
    found: list[Found] = []
    if attempt.way == "rebuild":
        why = "die Originalseiten nicht PDF/A-fähig sind"
        if any(one.is_final for one in tries if one is not attempt):
            why = "sie nach der Wandlung sonst anders aussähen als im Original"
        found.append(
            Found(
                code="pdfa.rebuilt",
                text=f"Die PDF/A-Fassung zeigt die Seiten als Bilder, weil {why}.",
                severity=Severity.INFO,
                detail={"because": because},
            )
        )
    if attempt.task.pictured:
        pages = sorted(attempt.task.pictured)
        found.append(
            Found(
                code="copy.pictured",
                text=f"Die Lesefassung zeigt {len(pages)} von {len(attempt.task.recognition.pages)} "
                f"Seiten als Bild (Seite {', '.join(map(str, pages))}), weil sie nach der Wandlung "
                "anders aussahen als im Original.",
                severity=Severity.INFO,
                detail={"pages": pages, "because": because},
            )
        )
    if attempt.verdict.status == "not-validated":
        found.append(
            Found(
                code="pdfa.not_validated",
                text=f"Die PDF/A-Fassung wurde nicht geprüft: {attempt.verdict.error}.",
            )
        )
    return found
