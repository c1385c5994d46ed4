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

import pikepdf
import psutil

from config.isolation import Workshop
from ocr import picture
from ocr.geometry import sheet_size
from ocr.pdfa import PdfaWriter
from ocr.recognise import Recogniser, ScanProfile
from ocr.source_image import load_frame, stated_dpi

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
    as_stack: bool = False,
    say: Callable[[str], None] = print,
) -> list[Row]:
    """Run the contenders in turns and give their medians.

    ``as_stack``: all pictures as the pages of one PDF, else each as a document of its own.
    """
    names = list(contenders)
    costs: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    texts: dict[str, Read] = {}
    with Workshop(size=1) as workshop, tempfile.TemporaryDirectory(prefix="bench-") as room:
        stack = _stack(chosen, Path(room) / "stack.pdf") if as_stack else None
        runs: dict[str, Callable[[Sequence[Sample], Path], Read]] = {
            "ours": lambda these, out: _ours(workshop, these, out, stack),
            "ocrmypdf": lambda these, out: _ocrmypdf(these, out, stack),
            "tesseract": _tesseract,
        }
        _ours(workshop, chosen[:1], Path(room), None)  # models are resident in the service
        for turn in range(rounds):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                    cpu, wall = cpu_seconds(), time.monotonic()
                    texts[name] = runs[name](chosen, Path(folder))
                    costs[name].append((cpu_seconds() - cpu, time.monotonic() - wall))
                say(f"round {turn + 1}: {name} {costs[name][-1][0]:.1f} CPU-s")
    return [_row(name, costs[name], texts[name], chosen) for name in names]


def _stack(chosen: Sequence[Sample], out: Path) -> Path:
    """The pictures as pages of one PDF, as they are stored, without text."""
    with pikepdf.new() as pdf:
        for one in chosen:
            image, whole = load_frame(one.path, 1)
            width, height = sheet_size(image.width, image.height, stated_dpi(image))
            page = pdf.add_blank_page(page_size=(width, height))
            shown = picture.put(pdf, picture.pack_file(one.path, image, whole))
            name = page.add_resource(shown, pikepdf.Name.XObject)
            content = f"q {width} 0 0 {height} 0 0 cm {name} Do Q"
            page.obj.Contents = pdf.make_stream(content.encode("ascii"))
        pdf.save(out)
    return out


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


def _ours(workshop: Workshop, chosen: Sequence[Sample], out: Path, stack: Path | None) -> Read:
    """Recognition and PDF/A in resident children, without the validator, as the others."""
    recogniser, writer = Recogniser(workshop), PdfaWriter(workshop, None)
    profile = ScanProfile(may_rotate=True, may_deskew=True)
    texts: Read = {}
    for path in [stack] if stack else [one.path for one in chosen]:
        read = recogniser.recognise(path, profile, subject=path.name, threads=1)
        made = out / "ours.pdf"
        writer.write(path, read, made, profile=profile, title=None, subject=path.name)
        pages = [page.text for page in read.pages]
        texts.update(_dealt(chosen, pages) if stack else {path: "\n".join(pages)})
    return texts


def _dealt(chosen: Sequence[Sample], pages: Sequence[str]) -> Read:
    return {one.path: text for one, text in zip(chosen, pages, strict=False)}


def _ocrmypdf(chosen: Sequence[Sample], out: Path, stack: Path | None) -> Read:
    texts: Read = {}
    side = out / "side.txt"
    for path in [stack] if stack else [one.path for one in chosen]:
        side.unlink(missing_ok=True)
        subprocess.run(
            [
                *(sys.executable, "-m", "ocrmypdf", "-q", "-l", "deu", "-O0", "--jobs", "2"),
                *("--output-type", "pdfa-2", "--pdfa-backend", "internal"),
                *("--rasterizer", "pypdfium", "--rotate-pages", "--deskew"),
                *([] if stack else ["--image-dpi", "300"]),
                *("--sidecar", str(side), str(path), str(out / "theirs.pdf")),
            ],
            check=False,
            capture_output=True,
        )
        said = side.read_text("utf-8") if side.exists() else ""
        texts.update(_dealt(chosen, said.split("\f")) if stack else {path: said})
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
