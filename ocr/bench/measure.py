"""What recognition costs and how well it reads, against plain OCRmyPDF and bare tesseract.

All run on the same pictures, in turns; CPU seconds are user and system time of everything a
contender runs. Reading is judged against reference texts (``NAME.gt.txt`` beside ``NAME.jpg``).
"""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from config.isolation import Workshop
from ocr.bench.accuracy import character_error_rate, word_recall
from ocr.bench.contenders import Contender, Job, Texts, ocrmypdf, ours, stacked, tesseract
from ocr.page_sources.source import page_count
from ocr.pdfa.validator import Validator

OURS = "ours"  #: as measured; every ratio is of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A picture and the text that stands on it."""

    path: Path
    truth: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One comparison. ``long``: all pages in one PDF; ``turned``: upright and straight."""

    long: bool
    turned: bool

    @property
    def name(self) -> str:
        document = "long document" if self.long else "one-page documents"
        return f"{document}, {'rotate + deskew' if self.turned else 'same visible page'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One contender of a series: medians over the rounds, quality of the last round."""

    series: str
    name: str
    cpu_seconds: float
    cpu_lowest: float
    cpu_highest: float
    wall_seconds: float
    ratio: float  #: CPU against ours: the median over the rounds
    word_recall: float  #: mean over pages
    word_recall_median: float
    character_error_rate: float  #: median over pages


def samples(folder: Path) -> list[Sample]:
    """Pictures below a folder, or the one named, that have a reference text beside them."""
    if folder.is_file():
        truth = folder.with_name(folder.stem + ".gt.txt")
        known = truth.exists()
        return [Sample(path=folder, truth=truth.read_text("utf-8"))] if known else []
    found = []
    for truth in sorted(folder.rglob("*.gt.txt")):
        name = truth.name.removesuffix(".gt.txt")
        for path in sorted(truth.parent.glob(f"{name}.*")):
            if path.suffix != ".txt":
                found.append(Sample(path=path, truth=truth.read_text("utf-8")))
    return found


def single_pictures(found: Sequence[Sample], most: int | None = None) -> list[Sample]:
    """Those that every contender takes as one page; ``most`` of them, spread evenly."""
    fit = [one for one in found if one.path.suffix != ".pdf" and page_count(one.path) == 1]
    if most is None or most >= len(fit):
        return fit
    return [fit[number * len(fit) // most] for number in range(most)]


@contextmanager
def contenders(
    *, once: bool, jars: Path | None, left_out: Path | None = None, beside: bool = True
) -> Iterator[dict[str, Contender]]:
    """Ours as asked for, the others, and ``beside``: what is left out of ours, put back.

    ``once``: each page is read once; ``jars``: of veraPDF, None to leave it out of ours (then
    ``left_out`` are the jars to put it back beside).
    """
    with ExitStack() as opened:
        workshop = opened.enter_context(
            Workshop(size=1, preload=("ocr.recognition.page_reading", "ocr.pdfa.writing"))
        )
        validator = opened.enter_context(closing(Validator(jars))) if jars else None
        found = {OURS: ours(workshop, validator, looks=not once)}
        if once and beside:
            found["ours + second looks"] = ours(workshop, validator, looks=True)
        if left_out:
            judge = opened.enter_context(closing(Validator(left_out)))
            found["ours + veraPDF"] = ours(workshop, judge, looks=not once)
        yield found | {"ocrmypdf": ocrmypdf, "tesseract": tesseract}


def measure(
    chosen: Sequence[Sample],
    runs: Mapping[str, Contender],
    series: Sequence[Series],
    *,
    rounds: int = 3,
    say: Callable[[str], None] = print,
) -> list[Row]:
    """Run the contenders of each series in turns and give their medians."""
    rows: list[Row] = []
    pictures = tuple(one.path for one in chosen)
    with tempfile.TemporaryDirectory(prefix="bench-") as room:
        for one in series:
            stack = stacked(pictures, Path(room) / "stack.pdf") if one.long else None
            job = Job(pictures=pictures, stack=stack, turned=one.turned, out=Path(room))
            for name, run in runs.items():
                if name.startswith(OURS):  # models are resident in the service
                    first = Job(pictures=pictures[:1], stack=None, turned=True, out=Path(room))
                    run(first)
            rows += _series(one, chosen, runs, job, rounds, say)
    return rows


def _series(
    series: Series,
    chosen: Sequence[Sample],
    runs: Mapping[str, Contender],
    job: Job,
    rounds: int,
    say: Callable[[str], None],
) -> list[Row]:
    names = list(runs)
    costs: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    texts: dict[str, Texts] = {}
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            cpu, wall = cpu_seconds(), time.monotonic()
            texts[name] = runs[name](job)
            costs[name].append((cpu_seconds() - cpu, time.monotonic() - wall))
            say(f"{series.name}, round {turn + 1}: {name} {costs[name][-1][0]:.1f} CPU-s")
    return [_row(series, name, costs, texts[name], chosen) for name in names]


def _row(
    series: Series,
    name: str,
    costs: Mapping[str, list[tuple[float, float]]],
    texts: Texts,
    chosen: Sequence[Sample],
) -> Row:
    cpu = [cost[0] for cost in costs[name]]
    base = [cost[0] for cost in costs[OURS]]
    recalls = [word_recall(one.truth, texts.get(one.path, "")) for one in chosen]
    errors = [character_error_rate(one.truth, texts.get(one.path, "")) for one in chosen]
    return Row(
        series=series.name,
        name=name,
        cpu_seconds=statistics.median(cpu),
        cpu_lowest=min(cpu),
        cpu_highest=max(cpu),
        wall_seconds=statistics.median(cost[1] for cost in costs[name]),
        ratio=statistics.median(a / max(b, 1e-9) for a, b in zip(cpu, base, strict=True)),
        word_recall=statistics.mean(recalls),
        word_recall_median=statistics.median(recalls),
        character_error_rate=statistics.median(errors),
    )


def cpu_seconds() -> float:
    """User and system time of this process, its ended children and all that still live."""
    total = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        used = resource.getrusage(who)
        total += used.ru_utime + used.ru_stime
    for child in psutil.Process().children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total
