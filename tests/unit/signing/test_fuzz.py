"""Damaged and forged files: an answer always comes, and it is never ``intact`` for other bytes.

What may stay ``intact``: a file in which every signature found covers bytes that are, byte for
byte, those that the same signature covered in the file it was made from.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from signing.pdf_bytes import byte_ranges, is_standard, ranges_digest
from signing.report import Conclusion
from signing.validate import validate_file
from tests.unit.signing.make import AT, cms, pdf, sign, signer, write

Mutation = Callable[[bytes, bytes, random.Random], bytes]


def flip(data: bytes, other: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 20))):
        changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(data: bytes, other: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def drop(data: bytes, other: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    return data[:start] + data[start + chance.randrange(1, 200) :]


def splice(data: bytes, other: bytes, chance: random.Random) -> bytes:
    start, length = chance.randrange(len(other)), chance.randrange(1, 2000)
    place = chance.randrange(len(data))
    return data[:place] + other[start : start + length] + data[place:]


def overwrite(data: bytes, other: bytes, chance: random.Random) -> bytes:
    start, length = chance.randrange(len(other)), chance.randrange(1, 500)
    place = chance.randrange(len(data))
    piece = other[start : start + length]
    return data[:place] + piece + data[place + len(piece) :]


def append(data: bytes, other: bytes, chance: random.Random) -> bytes:
    return data + other[chance.randrange(len(other)) :]


def number(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """Change a digit somewhere: offsets, lengths, byte ranges."""
    digits = [place for place, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    changed = bytearray(data)
    changed[chance.choice(digits)] = chance.choice(b"0123456789")
    return bytes(changed)


MUTATIONS: tuple[Mutation, ...] = (flip, cut, drop, splice, overwrite, append, number)


def signed_pieces(data: bytes) -> set[bytes]:
    """Digests of what the signatures of a file cover."""
    return {
        ranges_digest(data, written.numbers, "sha256")
        for written in byte_ranges(data)
        if is_standard(written.numbers, len(data))
    }


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
    if report.conclusion is not Conclusion.INTACT:
        return
    originals = {piece for original in pdfs for piece in signed_pieces(original)}
    for signature in report.signatures:
        assert signature.byte_range is not None
        covered = ranges_digest(changed, signature.byte_range, "sha256")
        assert covered in originals, (seed, mutation.__name__)
    end = max(s.byte_range[2] + s.byte_range[3] for s in report.signatures if s.byte_range)
    assert not changed[end:].strip(b"\0\t\n\f\r "), (seed, mutation.__name__)


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


@pytest.mark.campaign
@pytest.mark.timeout(0)
def test_many_pdfs(shared_data: Path, tmp_path: Path) -> None:
    """A long run over the corpus' own files."""
    folder = shared_data / "signatures" / "files"
    small = [p.read_bytes() for p in sorted(folder.glob("*.pdf")) if p.stat().st_size < 120_000]
    intact = []
    for data in small:
        path = write(tmp_path, "one.pdf", data)
        if validate_file(path, (), AT, None, "one.pdf").conclusion is Conclusion.INTACT:
            intact.append(data)
    for seed in range(20_000):
        attack(intact, seed, tmp_path)
