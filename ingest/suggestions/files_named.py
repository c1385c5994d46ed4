"""File marks that a document names, each with how sure it is that the document belongs there.

A suggestion, never more: what is below the procedure's threshold is shown to the clerk and moves
nothing. The confidence is made of what can be wrong: a word that was read badly (numbers count up
without gaps, so a misread digit names a file that exists), a mark that is the sender's own, one that
stands somewhere deep in the text, one of several that are named alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from archive.efile.file_reference import compact
from archive.efile.files_named_in_text import NamedFile, open_files_named
from archive.model import CaseFile, Document, Finding, Severity
from ocr.recognition.result import PageText, Recognition, Word

Extract = Callable[
    [str], Iterable[str]
]  #: marks in running text (search/german/file_references.py)

OURS = re.compile(
    r"\bihr(?:e|er|em)?\s+(?:zeichen|az|akten?zeichen|gz|gesch\w*zeichen)\b", re.IGNORECASE
)
THEIRS = re.compile(
    r"\b(?:unser|mein)(?:e|er|em)?\s+(?:zeichen|az|akten?zeichen|gz)\b", re.IGNORECASE
)
CUE = re.compile(
    r"\b(?:az|akten?zeichen|akte|gz|gesch\w*zeichen|zeichen|vorgang\w*)\b", re.IGNORECASE
)
FOR_US, FOR_SOMEBODY, FOR_THEM, NO_CUE = 1.0, 0.95, 0.5, 0.75
OTHER_PAGE = 0.9  #: not on the first page
OTHER_SPELLING = 0.85  #: separators differ
UNREAD = 0.5  #: the words of the mark were not found again
AMONG_OTHERS = 0.6  #: another file is named about as surely
NEAR = 0.9  #: share of the best confidence that counts as "about as surely"
WORDS_BEFORE = 4
LONGEST = 8  #: words that a mark may be spread over


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkSuggestion:
    """A file that the document names."""

    file: CaseFile
    found: str  #: as the text has it
    page: int
    confidence: float  #: 0..1

    def finding(self, *, filed: bool) -> Finding:
        """For the clerk: why it lies here, or where else it might belong."""
        sure = f"{round(100 * self.confidence)} %"
        text = (
            f"Abgelegt nach dem Aktenzeichen {self.file.file_mark} auf Seite {self.page} ({sure})."
            if filed
            else f"Seite {self.page} nennt das Aktenzeichen {self.file.file_mark} ({sure})."
        )
        return Finding(
            code="filing.by_mark" if filed else "filing.suggested",
            text=text,
            severity=Severity.INFO,
            page=self.page,
            detail={
                "file_id": self.file.id,
                "file_mark": self.file.file_mark,
                "confidence": round(self.confidence, 3),
            },
        )


def suggestions(
    session: Session, document: Document, recognition: Recognition, extract: Extract
) -> tuple[MarkSuggestion, ...]:
    """Open files of the document's department and compartment that its text names, surest first."""
    pages = [(page, list(extract(page.text))) for page in recognition.pages]
    named = open_files_named(
        session,
        (mark for _, found in pages for mark in found),
        department=document.department,
        compartment=document.compartment,
    )
    best: dict[str, MarkSuggestion] = {}
    for page, found in pages:
        for each in named:
            if each.found not in found:
                continue
            made = _suggestion(each, page)
            known = best.get(each.file.id)
            if known is None or made.confidence > known.confidence:
                best[each.file.id] = made
    return _weighed(tuple(best.values()))


def _weighed(found: tuple[MarkSuggestion, ...]) -> tuple[MarkSuggestion, ...]:
    """Where several files are named about as surely as the surest, none of them is sure."""
    ordered = sorted(found, key=lambda each: (-each.confidence, each.file.id))
    if len(ordered) > 1 and ordered[1].confidence >= NEAR * ordered[0].confidence:
        least = NEAR * ordered[0].confidence
        ordered = [
            replace(each, confidence=AMONG_OTHERS * each.confidence)
            if each.confidence >= least
            else each
            for each in ordered
        ]
        ordered.sort(key=lambda each: (-each.confidence, each.file.id))
    return tuple(ordered)


def _suggestion(named: NamedFile, page: PageText) -> MarkSuggestion:
    words = page.words
    places = _places(words, compact(named.found))
    confidence = max((_certainty(words, place, page) for place in places), default=UNREAD)
    if page.number > 1:
        confidence *= OTHER_PAGE
    if not named.exact:
        confidence *= OTHER_SPELLING
    return MarkSuggestion(
        file=named.file, found=named.found, page=page.number, confidence=confidence
    )


def _places(words: tuple[Word, ...], wanted: str) -> list[tuple[int, int]]:
    """Where the words of a mark stand: first and behind the last, the shortest run at each end."""
    letters = [compact(word.text) for word in words]
    found: list[tuple[int, int]] = []
    for end in range(1, len(words) + 1):
        joined = ""
        for start in range(end - 1, max(-1, end - 1 - LONGEST), -1):
            joined = letters[start] + joined
            if wanted in joined:
                # What ends in an earlier word was found there.
                if wanted not in "".join(letters[start : end - 1]):
                    found.append((start, end))
                break
    return found


def _certainty(words: tuple[Word, ...], place: tuple[int, int], page: PageText) -> float:
    start, end = place
    read = 1.0 if page.source == "text" else min(w.confidence for w in words[start:end]) / 100
    line = words[start].line
    before = [
        word.text for word in words[max(0, start - WORDS_BEFORE) : start] if word.line == line
    ]
    return max(0.0, min(1.0, read)) * _cue(" ".join([*before, words[start].text]))


def _cue(context: str) -> float:
    """What the words before a mark say whose it is; the nearest one counts."""
    last = 0
    weight = NO_CUE
    for pattern, value in ((CUE, FOR_SOMEBODY), (OURS, FOR_US), (THEIRS, FOR_THEM)):
        for match in pattern.finditer(context):
            if match.end() >= last:
                last, weight = match.end(), value
    return weight
