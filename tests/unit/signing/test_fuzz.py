"""Damaged and forged files: an answer always comes, and it is never ``intact`` for other bytes.

What may stay ``intact``: a file in which every signature found covers bytes that are, byte for
byte, those that the same signature covered in the file it was made from.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from config.isolation import Workshop
from signing.report.interface import Conclusion, Reason, SignatureReport
from signing.validate import validate_file
from signing.verify import PRELOAD, Verifier
from tests.child_jobs import job
from tests.unit.signing.fuzz import (
    MUTATIONS,
    Damaged,
    Sample,
    cut,
    damaged,
    drop,
    flip,
    overwrite,
    samples,
    splice,
    wrong,
    wrong_pdf,
)
from tests.unit.signing.make import AT, cms, pdf, sign, signer, write

CASES = 20_000  #: of the long run
SHARDS = 8
LONGEST = 10.0  #: seconds a file
LONG = 300.0


@pytest.fixture(scope="module")
def pdfs() -> list[bytes]:
    by = signer()
    once = sign(pdf(), by)
    return [once, sign(once, signer("Zweiter"), field="Zweite"), sign(pdf(1, "Anderes"), by)]


def attack(pdfs: list[bytes], seed: int, folder: Path) -> None:
    chance = random.Random(seed)
    data, other = chance.choice(pdfs), chance.choice(pdfs)
    mutation = chance.choice(MUTATIONS)
    changed = mutation(data, other, chance)
    path = write(folder, "changed.pdf", changed)
    report = validate_file(path, (), AT, None, "changed.pdf")
    if report.conclusion is Conclusion.INTACT:
        assert wrong_pdf(changed, report, pdfs) == "", (seed, mutation.__name__)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(0, 280, 40))
def test_pdfs(pdfs: list[bytes], seed: int, tmp_path: Path) -> None:
    for step in range(40):
        attack(pdfs, seed + step, tmp_path)


@pytest.mark.timeout(120)
def test_messages(tmp_path: Path) -> None:
    content = b"Sehr geehrte Damen und Herren"
    attached, detached = (cms(content, signer(), detached=way) for way in (False, True))
    beside = write(tmp_path, "letter.txt", content)
    chance = random.Random(11)
    for _ in range(200):
        data = chance.choice((attached, detached))
        changed = chance.choice((flip, cut, drop, splice, overwrite))(data, attached, chance)
        path = write(tmp_path, "letter.p7m", changed)
        report = validate_file(path, (beside,), AT, None, "letter.p7m")
        if report.conclusion is Conclusion.INTACT:
            assert content in changed or data is detached


@pytest.mark.timeout(120)
def test_noise(tmp_path: Path) -> None:
    chance = random.Random(5)
    for head in (b"%PDF-1.7\n", b"PK\x03\x04", b"\x30\x82", b"<?xml", b"From: a\n", b""):
        for _ in range(5):
            noise = chance.randbytes(chance.randrange(3000))
            path = write(tmp_path, "noise", head + noise)
            report = validate_file(path, (), AT, None, "noise")
            assert report.conclusion is not Conclusion.INTACT
            assert report.sha256 == hashlib.sha256(head + noise).hexdigest()


@pytest.fixture(scope="module")
def corpus(shared_data: Path) -> tuple[Sample, ...]:
    return samples(shared_data / "signatures")


def made(case: Damaged, folder: Path) -> tuple[Path, tuple[Path, ...]]:
    """The case on disk: the file and its detached content."""
    path = write(folder, f"case.{case.sample.kind}", case.data)
    if case.content is None:
        return path, ()
    return path, (write(folder, "content.bin", case.content),)


@pytest.mark.timeout(120)
def test_files_of_the_corpus(corpus: tuple[Sample, ...], tmp_path: Path) -> None:
    """Two cases of every file; the long run takes 256."""
    for seed in range(2 * len(corpus)):
        case = damaged(corpus, seed)
        path, content = made(case, tmp_path)
        report = validate_file(path, content, AT, None, path.name)
        assert wrong(case, report, corpus) == "", (seed, case.sample.name, case.how)


@pytest.mark.campaign
@pytest.mark.timeout(0)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_many_cases(corpus: tuple[Sample, ...], shard: int, tmp_path: Path) -> None:
    """20,000 cases in eight parts (``-k``, ``-n``), through the door that the service uses.

    A child that is not done within ten seconds is ended, and the file is given to another one that
    has time enough: if that computes for more than ten seconds, it is a hang; else the machine was
    busy with something else (and the case is printed).
    """
    counts: Counter[str] = Counter()
    seen: list[tuple[int, str, str, str]] = []
    again: list[int] = []
    hung: list[int] = []
    slowest = 0.0
    with Workshop(size=1, preload=PRELOAD) as workshop:
        verifier = Verifier(workshop, clock=lambda: AT, seconds=LONGEST)
        for seed in range(shard, CASES, SHARDS):
            case = damaged(corpus, seed)
            path, content = made(case, tmp_path)
            start = time.monotonic()
            report = verifier.verify(path, content=content, subject="case")
            if died(report):
                again.append(seed)
                report, computed = patiently(workshop, path, content)
                hung += [seed] if computed > LONGEST else []
            slowest = max(slowest, time.monotonic() - start)
            counts[report.conclusion.value] += 1
            why = wrong(case, report, corpus) or died(report)
            if why:
                seen.append((seed, case.sample.name, case.how, why))
    print(
        f"\nfuzz part {shard + 1} of {SHARDS}: {sum(counts.values())} cases, "
        f"{len(seen)} wrong or dead, asked again {again}, slowest {slowest:.1f} s, {dict(counts)}"
    )
    assert seen == [] and hung == []


def patiently(
    workshop: Workshop, path: Path, content: tuple[Path, ...]
) -> tuple[SignatureReport, float]:
    """Once more without haste, and what it computed for, in seconds."""

    def computed() -> float:
        return float(workshop.run(job("signing.bench:cpu_seconds"), seconds=LONG, subject="clock"))

    before = computed()
    verifier = Verifier(workshop, clock=lambda: AT, seconds=LONG)
    report = verifier.verify(path, content=content, subject="case")
    return report, computed() - before


def died(report: SignatureReport) -> str:
    """A child that ended or was ended."""
    ended = [note.detail for note in report.notes if note.reason is Reason.CHECK_DIED]
    return "; ".join(detail for detail in ended if detail.startswith("case:"))
