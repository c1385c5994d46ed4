"""Damaged files made from real ones, and the independent answer to "are these the signed bytes?".

A damaged file may be ``intact`` only where every byte that its original's signatures covered is
still there: each signature that is reported covers what one of the originals covered, and nothing
foreign trails. The answer here asks no code of ours for more than where a byte range is written.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import cms as asn1_cms

from signing.formats.pdf.byte_ranges import WHITE, byte_ranges, is_standard, ranges_digest
from signing.report.interface import Conclusion, SignatureReport

Mutation = Callable[[bytes, bytes, random.Random], bytes]
MOST = 16 * 2**20  #: bytes of a damaged file


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
    if not digits:
        return flip(data, other, chance)
    changed = bytearray(data)
    changed[chance.choice(digits)] = chance.choice(b"0123456789")
    return bytes(changed)


MUTATIONS: tuple[Mutation, ...] = (flip, flip, cut, drop, splice, overwrite, append, number)


@dataclass(frozen=True)
class Sample:
    """A file of the corpus, with its detached content where it has one."""

    name: str
    kind: str
    data: bytes
    content: bytes | None = None


@dataclass(frozen=True)
class Damaged:
    """One case: what was made, from what, how."""

    sample: Sample
    how: str
    data: bytes
    content: bytes | None


def samples(folder: Path) -> tuple[Sample, ...]:
    """Every file of the corpus in the manifest's order."""
    found = []
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            beside = row["detached_content"]
            content = (folder / beside).read_bytes() if beside else None
            found.append(
                Sample(row["file"], row["kind"], (folder / row["file"]).read_bytes(), content)
            )
    return tuple(found)


def damaged(corpus: tuple[Sample, ...], seed: int) -> Damaged:
    """Case number ``seed``: the files in turn, mutation and second file by chance."""
    chance = random.Random(seed)
    sample = corpus[seed % len(corpus)]
    other = chance.choice([s for s in corpus if s.kind == sample.kind])
    mutation = chance.choice(MUTATIONS)
    name = mutation.__name__
    if sample.content and chance.random() < 0.5:
        changed = mutation(sample.content, other.content or other.data, chance)
        return Damaged(sample, f"{name} of the content", sample.data, changed[:MOST])
    return Damaged(sample, name, mutation(sample.data, other.data, chance)[:MOST], sample.content)


def wrong(case: Damaged, report: SignatureReport, corpus: tuple[Sample, ...]) -> str:
    """Why ``intact`` is wrong for this case; empty where it is right or was not said."""
    if report.conclusion is Conclusion.UNSIGNED and next(byte_ranges(case.data), None):
        return "unsigned, with the trace of a signature in it"
    if report.conclusion is not Conclusion.INTACT:
        return ""
    alike = [sample for sample in corpus if sample.kind == case.sample.kind]
    if case.content != case.sample.content:
        return "the detached content is another"
    if case.sample.kind == "pdf":
        return wrong_pdf(case.data, report, [sample.data for sample in alike])
    if case.sample.kind in ("p7m", "p7s"):
        return _wrong_message(case.data, [sample.data for sample in alike])
    if case.sample.kind == "asice":
        return _wrong_container(case.data, case.sample.data)
    return "this form is not checked and cannot be intact"


def signed_pieces(data: bytes) -> Iterator[bytes]:
    """Digests of what the signatures of a file cover."""
    for written in byte_ranges(data):
        if is_standard(written.numbers, len(data)):
            yield ranges_digest(data, written.numbers, "sha256")


def wrong_pdf(data: bytes, report: SignatureReport, originals: list[bytes]) -> str:
    """Every reported signature covers what one covered before, and what trails was there.

    What trails may be an unsigned revision of an original (a security store), damaged or not.
    """
    known = {digest for original in originals for digest in signed_pieces(original)}
    end = 0
    for signature in report.signatures:
        if signature.byte_range is None:
            return "a signature without a byte range"
        if ranges_digest(data, signature.byte_range, "sha256") not in known:
            return f"{signature.field}: other bytes than were signed"
        end = max(end, signature.byte_range[-2] + signature.byte_range[-1])
    if data[end:].strip(WHITE) and not any(o[end:].strip(WHITE) for o in originals):
        return "foreign bytes behind the signed ones"
    return ""


def _wrong_message(data: bytes, originals: list[bytes]) -> str:
    try:
        pieces = _message_pieces(data)
    except (ValueError, TypeError, KeyError) as error:
        return f"an independent reader cannot read it: {error}"
    known = [_message_pieces(original) for original in originals if _readable(original)]
    return "" if any(pieces <= one for one in known) else "other content or attributes"


def _readable(data: bytes) -> bool:
    try:
        _message_pieces(data)
    except (ValueError, TypeError, KeyError):
        return False
    return True


def _message_pieces(data: bytes) -> frozenset[bytes]:
    """Digests of the content and of each signer's signed attributes."""
    if b"-----BEGIN" in data[:100]:
        data = base64.b64decode(b"".join(data.strip().splitlines()[1:-1]))
    signed = asn1_cms.ContentInfo.load(data)["content"]
    content = signed["encap_content_info"]["content"]
    parts = [b"content" + content.dump()]
    parts += [b"attributes" + s["signed_attrs"].contents for s in signed["signer_infos"]]
    return frozenset(hashlib.sha256(part).digest() for part in parts)


def _wrong_container(data: bytes, original: bytes) -> str:
    before, after = _members(original), _members(data)
    foreign = [name for name, content in after.items() if before.get(name) != content]
    return f"other members: {foreign}" if foreign else ""


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {
            info.filename: archive.read(info)
            for info in archive.infolist()
            if not info.filename.startswith("META-INF/") and info.filename != "mimetype"
        }
