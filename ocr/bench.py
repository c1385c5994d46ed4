"""What recognition costs and how well it reads, against plain OCRmyPDF and bare tesseract.

All run on the same pictures, in turns; CPU seconds are user and system time of everything a
contender runs. Reading is judged against reference texts (``NAME.gt.txt`` beside ``NAME.jpg``):
word recall over the bag of words of four letters and more, and the character error rate.
"""

from __future__ import annotations

import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from config.isolation import Workshop
from ocr.pdfa import PdfaWriter
from ocr.recognise import Recogniser, ScanProfile

Read = dict[Path, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A picture and the text that stands on it."""

    path: Path
    truth: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One contender: medians over the rounds, quality of the last round."""

    name: str
    cpu_seconds: float
    cpu_lowest: float
    cpu_highest: float
    wall_seconds: float
    word_recall: float  #: mean over pages
    character_error_rate: float  #: median over pages


def samples(folder: Path) -> list[Sample]:
    """Pictures below a folder that have a reference text beside them."""
    found = []
    for truth in sorted(folder.rglob("*.gt.txt")):
        name = truth.name.removesuffix(".gt.txt")
        for path in sorted(truth.parent.glob(f"{name}.*")):
            if path.suffix != ".txt":
                found.append(Sample(path=path, truth=truth.read_text("utf-8")))
    return found


def measure(
    chosen: Sequence[Sample],
    *,
    rounds: int = 3,
    contenders: Iterable[str] = ("ours", "ocrmypdf", "tesseract"),
    say: Callable[[str], None] = print,
) -> list[Row]:
    """Run the contenders in turns and give their medians."""
    names = list(contenders)
    costs: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    texts: dict[str, Read] = {}
    with Workshop(size=1, preload=("ocr.page",)) as workshop:
        runs: dict[str, Callable[[Sequence[Sample], Path], Read]] = {
            "ours": lambda these, out: _ours(workshop, these, out),
            "ocrmypdf": _ocrmypdf,
            "tesseract": _tesseract,
        }
        runs["ours"](chosen[:1], Path(tempfile.mkdtemp(prefix="bench-")))  # models are resident
        for turn in range(rounds):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                    cpu, wall = cpu_seconds(), time.monotonic()
                    texts[name] = runs[name](chosen, Path(folder))
                    costs[name].append((cpu_seconds() - cpu, time.monotonic() - wall))
                say(f"round {turn + 1}: {name} {costs[name][-1][0]:.1f} CPU-s")
    return [_row(name, costs[name], texts[name], chosen) for name in names]


def _row(name: str, costs: list[tuple[float, float]], texts: Read, chosen: Sequence[Sample]) -> Row:
    cpu = [cost[0] for cost in costs]
    recalls = [word_recall(one.truth, texts.get(one.path, "")) for one in chosen]
    errors = [character_error_rate(one.truth, texts.get(one.path, "")) for one in chosen]
    return Row(
        name=name,
        cpu_seconds=statistics.median(cpu),
        cpu_lowest=min(cpu),
        cpu_highest=max(cpu),
        wall_seconds=statistics.median(cost[1] for cost in costs),
        word_recall=statistics.mean(recalls),
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


# ------------------------------------------------------------------ the contenders


def _ours(workshop: Workshop, chosen: Sequence[Sample], out: Path) -> Read:
    """Recognition and PDF/A in resident children, without the validator, as the others."""
    recogniser, writer = Recogniser(workshop), PdfaWriter(workshop, None)
    profile = ScanProfile(may_rotate=True, may_deskew=True)
    texts: Read = {}
    for number, one in enumerate(chosen):
        read = recogniser.recognise(one.path, profile, subject=one.path.name, threads=1)
        made = out / f"{number}.pdf"
        writer.write(one.path, read, made, profile=profile, title=None, subject=one.path.name)
        texts[one.path] = read.text()
    return texts


def _ocrmypdf(chosen: Sequence[Sample], out: Path) -> Read:
    texts: Read = {}
    for number, one in enumerate(chosen):
        side = out / f"{number}.txt"
        subprocess.run(
            [
                *(sys.executable, "-m", "ocrmypdf", "-q", "-l", "deu", "-O0", "--jobs", "1"),
                *("--output-type", "pdfa-2", "--pdfa-backend", "internal"),
                *("--rasterizer", "pypdfium", "--rotate-pages", "--deskew"),
                *("--image-dpi", "300", "--sidecar", str(side)),
                *(str(one.path), str(out / f"{number}.pdf")),
            ],
            check=False,
            capture_output=True,
        )
        texts[one.path] = side.read_text("utf-8") if side.exists() else ""
    return texts


def _tesseract(chosen: Sequence[Sample], out: Path) -> Read:
    texts: Read = {}
    for one in chosen:
        said = subprocess.run(
            ["tesseract", str(one.path), "stdout", "-l", "deu"], check=False, capture_output=True
        )
        texts[one.path] = said.stdout.decode("utf-8", "replace")
    return texts


# ------------------------------------------------------------------ judging


def word_recall(truth: str, read: str) -> float:
    """Share of the words of four letters and more that were read, as a bag; long s is s."""
    wanted, found = _words(truth), _words(read)
    return sum((wanted & found).values()) / max(1, sum(wanted.values()))


def _words(text: str) -> Counter[str]:
    plain = unicodedata.normalize("NFC", text).replace("\u017f", "s").lower()
    return Counter(word for word in re.findall(r"[^\W\d_]+", plain) if len(word) >= 4)


def character_error_rate(truth: str, read: str) -> float:
    """Edit distance over the length of the truth; white space counts once."""
    wanted, found = _flat(truth), _flat(read)
    return edit_distance(wanted, found) / max(1, len(wanted))


def _flat(text: str) -> str:
    plain = unicodedata.normalize("NFC", text).replace("\u017f", "s")
    return " ".join(plain.split())


def edit_distance(a: str, b: str) -> int:
    """Levenshtein distance, bit-parallel (Myers 1999, in Hyyrö's form)."""
    if not a:
        return len(b)
    masks: dict[str, int] = {}
    for place, char in enumerate(a):
        masks[char] = masks.get(char, 0) | 1 << place
    full, last = (1 << len(a)) - 1, 1 << (len(a) - 1)
    plus, minus, distance = full, 0, len(a)
    for char in b:
        match = masks.get(char, 0)
        vertical = match | minus
        cross = (((match & plus) + plus) ^ plus) | match
        up = minus | ~(cross | plus) & full
        down = plus & cross
        distance += bool(up & last) - bool(down & last)
        up = (up << 1 | 1) & full
        down = (down << 1) & full
        plus = down | ~(vertical | up) & full
        minus = up & vertical
    return distance
