"""Whether what became of an input is what was expected of it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image

from tests.fresh_look import drawing
from tests.fresh_look.model import Case, Shows

ROUTINE = {"scan.monochrome", "scan.low_dpi"}  #: block, but do not tell that anything is lost
PYTHON_NAME = re.compile(r"\b[A-Za-z_.]+(?:Error|Exception|Warning)\b|Traceback|Interner Fehler")
DRAWERS: dict[str, Callable[[Path, int], Image.Image]] = {
    "pdfium": drawing.by_pdfium,
    "poppler": drawing.by_poppler,
}
COMPARED = 3  #: pages compared at either end of a document
SLACK = 3.0  #: points by which a page's size may be off


@dataclass(slots=True)
class Observed:
    """What the program said and made of one input."""

    row: dict[str, Any]
    copy: Path | None
    found: frozenset[str]  #: of the words asked for
    compliant: bool | None  #: what veraPDF says of the sealed copy

    @property
    def findings(self) -> list[dict[str, Any]]:
        documents = [one for document in self.row["documents"] for one in document["findings"]]
        return [*self.row["findings"], *documents]


@dataclass(slots=True)
class Judgement:
    """``lost``: what the copy does not give; ``wrong``: what is not true or not as it must be."""

    observed: str
    told: bool = False  #: a finding blocks the paper's destruction and so tells of a loss
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        if self.wrong or (self.lost and not self.told):
            return "WRONG"
        return "told" if self.lost else "ok"

    def words(self) -> str:
        parts = [f"lost: {one}" for one in self.lost] + [f"wrong: {one}" for one in self.wrong]
        return "; ".join([self.observed, *parts, *self.notes])


def judge(case: Case, source: Path, observed: Observed) -> Judgement:
    row, expected = observed.row, case.expected
    codes = [one["code"] for one in observed.findings if one["code"] != "malware.not_scanned"]
    what = str(row["outcome"]) + (f" ({row['reason']})" if row["reason"] else "")
    made = Judgement(f"{what} [{', '.join(dict.fromkeys(codes))}]")
    made.told = any(
        one["severity"] == "blocks_destruction" and one["code"] not in ROUTINE
        for one in observed.findings
    )
    if row["outcome"] not in expected.outcomes:
        made.wrong.append(f"outcome {row['outcome']} instead of {' or '.join(expected.outcomes)}")
    _judge_texts(case, observed, made)
    if row["outcome"] == "archived":
        _judge_findings(case, observed, made)
        _judge_text_and_pages(case, observed, made)
        _judge_copy(case, source, observed, made)
    return made


def _judge_texts(case: Case, observed: Observed, made: Judgement) -> None:
    texts = [one["text"] for one in observed.findings] + [observed.row["reason"] or ""]
    for text in texts:
        if PYTHON_NAME.search(text):
            made.wrong.append(f"names a part of the program: {text}")
        if case.expected.untrue and re.search(case.expected.untrue, text):
            made.wrong.append(f"says what is not true: {text}")
    reason = case.expected.reason
    if reason and observed.row["outcome"] == "held" and not re.search(reason, texts[-1]):
        made.wrong.append(f"the reason does not match /{reason}/")


def _judge_findings(case: Case, observed: Observed, made: Judgement) -> None:
    codes = [one["code"] for one in observed.findings]
    made.wrong += [
        f"finding {code} is missing" for code in case.expected.codes if code not in codes
    ]
    for one in observed.findings:
        if one["code"].startswith(case.expected.no_codes or "\0"):
            made.wrong.append(f"finding that is not true: {one['code']}: {one['text']}")
    mentions = case.expected.mentions
    if mentions and not any(re.search(mentions, one["text"]) for one in observed.findings):
        made.wrong.append(f"no finding says /{mentions}/")


def _judge_text_and_pages(case: Case, observed: Observed, made: Judgement) -> None:
    expected = case.expected
    made.lost += [f'"{word}" is not found' for word in expected.words if word not in observed.found]
    made.wrong += [f'"{word}" is found' for word in expected.absent if word in observed.found]
    pages = sum(document["pages"] for document in observed.row["documents"])
    if expected.pages is not None and pages != expected.pages:
        made.lost.append(f"{pages} pages instead of {expected.pages}")


def _judge_copy(case: Case, source: Path, observed: Observed, made: Judgement) -> None:
    if observed.copy is None:
        made.lost.append("no PDF/A copy")
        return
    if not observed.compliant:
        made.lost.append("the sealed copy is not PDF/A")
    if case.expected.extra and (problem := case.expected.extra(source, observed.copy)):
        made.wrong.append(problem)
    try:
        _judge_size(case, observed.copy, made)
        _judge_drawings(case, source, observed.copy, made)
    except (pypdfium2.PdfiumError, subprocess.SubprocessError) as failure:
        made.lost.append(f"the copy cannot be drawn ({failure})")


def _judge_size(case: Case, copy: Path, made: Judgement) -> None:
    wanted = case.expected.size
    if wanted is None:
        return
    unit = drawing.user_unit(copy)
    width, height = (round(side * unit, 1) for side in drawing.sizes(copy)[0])
    if abs(width - wanted[0]) > SLACK or abs(height - wanted[1]) > SLACK:
        made.lost.append(f"{width} x {height} pt instead of {wanted[0]} x {wanted[1]} pt")


def _references(case: Case, source: Path, page: int) -> dict[str, Image.Image]:
    """Right drawings of a page by their names; the one that could not be made is left out."""
    drawn = {}
    for name, draw in DRAWERS.items():
        try:
            drawn[name] = draw(source, page)
        except (pypdfium2.PdfiumError, subprocess.SubprocessError):
            continue
    return drawn


def _judge_drawings(case: Case, source: Path, copy: Path, made: Judgement) -> None:
    if case.expected.shows is Shows.NOTHING:
        return
    meant = case.expected.picture() if case.expected.picture else None
    pages = len(drawing.sizes(copy))
    for page in sorted({*range(min(COMPARED, pages)), *range(max(0, pages - COMPARED), pages)}):
        if meant is not None and page >= len(meant):
            continue  # a page too many is told by their number
        right = {"meant": meant[page]} if meant else _references(case, source, page)
        if not right:
            made.notes.append(f"page {page + 1}: no drawer draws the source")
            continue
        for name, draw in DRAWERS.items():
            _compare(case, page, name, draw(copy, page), right, made)


def _compare(
    case: Case, page: int, name: str, drawn: Image.Image, right: dict[str, Image.Image],
    made: Judgement,
) -> None:  # fmt: skip
    """The copy by one drawer shall look as the original does in it, or in the one that is right."""
    differences = {other: drawing.difference(drawn, image) for other, image in right.items()}
    names = [other for other in (name, case.expected.shows.value, "meant") if other in right]
    if case.expected.shows is Shows.SOURCE:
        names = list(right)
    best = min((differences[other] for other in names), default=1.0)
    if best > drawing.NOISE:
        made.lost.append(f"page {page + 1} by {name} differs in {best:.2%} of its pixels")
    elif name in right and differences[name] > drawing.NOISE:
        made.notes.append(f"page {page + 1} by {name} looks as the other drawer shows the source")
