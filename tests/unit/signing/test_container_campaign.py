"""Mails and containers, changed at random: none is intact that shows other bytes than were signed.

What is shown is asked twice: of the archive's own reading, which feeds search, and of readers that
share no code with the check (Python's mail parser and zip reader, asn1crypto).
"""

from __future__ import annotations

import base64
import email
import io
import random
import re
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email.policy import compat32
from pathlib import Path

import pytest
from asn1crypto import cms as asn1_cms
from pyhanko.sign.signers import SimpleSigner

from config.mime import parse, payload
from ocr.text.file_text import HEADERS, FileText
from signing.detect import detect
from signing.report.interface import Conclusion
from signing.validate import validate_file
from tests.unit.signing.fuzz import MUTATIONS
from tests.unit.signing.make import AT, cms, pdf, sign, signer, write
from tests.unit.signing.test_containers import packed, signed_container
from tests.unit.signing.wrapped import HEAD, clear_mail, enveloped, forwarded, opaque_mail, pem

CASES = 20_000  #: of the long run
SHARDS = 4
SHORT = 64
GOOD, FORGED = b"Zahlen Sie 100 Euro an die Kreiskasse.", b"Zahlen Sie 9999 Euro an Konto X."
PART = b"Content-Type: text/plain\r\n\r\n"
ATTACHED = ("mail with a signed PDF", "mail with a message")
UNSIGNED = re.compile(rf"^(?:{'|'.join(HEADERS)}|Anlage):.*$", re.MULTILINE)  #: never covered

Mutation = Callable[[bytes, bytes, random.Random], bytes]


@dataclass(frozen=True)
class Signed:
    """A signed file and what may be shown of it."""

    form: str
    data: bytes
    shown: frozenset[str]


def with_attachment(data: bytes, name: str) -> bytes:
    return (
        HEAD + b'Content-Type: multipart/mixed; boundary="M"\r\n\r\n--M\r\n'
        b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="
        + name.encode()
        + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(data)
        + b"--M--\r\n"
    )


def made(text: bytes, by: SimpleSigner) -> dict[str, bytes]:
    """Every form, over ``text``."""
    part = PART + text
    held, beside = (cms(part, by, detached=way) for way in (False, True))
    plain = cms(text, by, detached=False)
    paper = sign(pdf(1, text.decode()), by)
    clear = clear_mail(beside).replace(b"Genehmigt.", part)
    single = {"brief.txt": text, "META-INF/signature.p7s": cms(text, by, detached=True)}
    return {
        "clear mail": clear,
        "opaque mail": opaque_mail(held),
        "forwarded mail": forwarded(clear),
        "mail with a signed PDF": with_attachment(paper, "brief.pdf"),
        "mail with a message": with_attachment(plain, "brief.p7m"),
        "ASiC-S": packed(single),
        "ASiC-E": packed(signed_container({"brief.txt": text, "plan.txt": text + b" Plan"})),
        "ASiC with a signed PDF": packed(signed_container({"brief.pdf": paper})),
        "message": plain,
        "message about a mail": held,
        "message about a PDF": cms(paper, by, detached=False),
        "message in PEM": pem(plain),
        "message in base64": base64.encodebytes(plain),
        "enveloped": enveloped() + plain,
        "mail with an enveloped message": opaque_mail(enveloped() + plain),
        "PDF": paper,
    }


@pytest.fixture(scope="module")
def corpus() -> list[tuple[Signed, Signed]]:
    """Of each form one file, and another that was signed by somebody else over another text."""
    pairs = zip(made(GOOD, signer()).items(), made(FORGED, signer("Zweiter")).values(), strict=True)
    return [
        (Signed(form, one, shown(form, one)), Signed(form, other, shown(form, other)))
        for (form, one), other in pairs
    ]


# ------------------------------------------------------------------ what is shown


def shown(form: str, data: bytes) -> frozenset[str]:
    """The lines of text that the archive and other programs show, without uncovered fields.

    In a mail that is not signed itself the report names the attachments that are; of the others
    it says nothing.
    """
    if form in ATTACHED:
        texts = _of_signed_attachments(data)
    else:
        texts = [FileText().of(data), *_of_a_zip(data), *_of_a_message(data)]
    if form not in (*ATTACHED, "forwarded mail"):  # Python's parser shows messages in base64 raw
        texts += _of_a_mail(data)
    lines = (line for text in texts for line in UNSIGNED.sub("", text).splitlines())
    return frozenset(" ".join(line.split()) for line in lines if line.strip())


def _of_signed_attachments(data: bytes) -> list[str]:
    parts = [part for part in parse(data).walk() if not part.multipart and not part.parts]
    held = [payload(data, part) for part in parts]
    return [FileText().of(each) for each in held if each and _looks_signed(each)]


def _looks_signed(data: bytes) -> bool:
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return detect(Path(file.name)).signed


def _of_a_mail(data: bytes) -> list[str]:
    if not re.match(rb"[A-Za-z-]+:", data):
        return []
    parts = email.message_from_bytes(data, policy=compat32).walk()
    found = [p.get_payload(decode=True) for p in parts if p.get_content_maintype() == "text"]
    return [text.decode("latin-1") for text in found if isinstance(text, bytes)]


def _of_a_zip(data: bytes) -> list[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [
                archive.read(info).decode("latin-1")
                for info in archive.infolist()
                if info.filename.endswith(".txt")
            ]
    except Exception:  # noqa: BLE001 - another program's way to say that it shows nothing
        return []


def _of_a_message(data: bytes) -> list[str]:
    try:
        content = asn1_cms.ContentInfo.load(data)["content"]["encap_content_info"]["content"]
        held = content.native
    except Exception:  # noqa: BLE001 - as above
        return []
    if not isinstance(held, bytes) or held.startswith(b"%PDF"):
        return []
    return [held.removeprefix(PART).decode("latin-1")]


# ------------------------------------------------------------------ changes that know the form


def other_text(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """The other text in the place of the signed one, of the same length."""
    return data.replace(GOOD, FORGED.ljust(len(GOOD)), chance.choice((1, -1)))


def zip_members(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """Members swapped, doubled, renamed, added, exchanged for the other container's."""
    try:
        one, two = (_members(each) for each in (data, other))
    except Exception:  # noqa: BLE001 - damaged before: no zip any more
        return other_text(data, other, chance)
    names = [name for name, _ in one]
    at = chance.randrange(len(one))
    name, content = one[at]
    changes: list[tuple[str, bytes]] = [
        (name, FORGED),
        (chance.choice(names), content),
        ("beilage.txt", FORGED),
        (name.upper(), FORGED),
        (name + "\0.txt", FORGED),
        ("./" + name, FORGED),
        ("META-INF/../" + name, FORGED),
        two[chance.randrange(len(two))],
    ]
    changed = chance.choice(changes)
    members = [*one[:at], changed, *one[at + chance.randrange(2) :]]
    if chance.random() < 0.3:
        chance.shuffle(members)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", chance.choice((0, 8))) as archive:
        for each, held in members:
            archive.writestr(each, held)
    return out.getvalue()


def mail_pieces(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """Delimiters, parts and headers put between lines."""
    pieces = (
        b"\r\n--B\r\n" + PART + FORGED + b"\r\n", b"\r--B\r" + PART + FORGED + b"\r", b"--B--\r\n",
        b"\r\n--M\r\n" + PART + FORGED + b"\r\n", b"--M--\r\n", FORGED + b"\r\n", b"\r", b"\x00",
        b'Content-Type: multipart/mixed; boundary="M"\r\n\r\n--M\r\n', PART, b"\r\n", b"\n",
        b"Content-Transfer-Encoding: base64\r\n", b"Content-Type: text/html\r\n", FORGED,
        b"From b@example.org Mon Jan  5 2026\r\n", b"\xef\xbb\xbf", b"\xff\xfe", other,
    )  # fmt: skip
    lines = [0, *(match.end() for match in re.finditer(rb"\n", data))]
    for _ in range(chance.choice((1, 1, 2))):
        at = chance.choice(lines)
        data = data[:at] + chance.choice(pieces) + data[at:]
    return data


def around(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """Something before or behind, as gateways and forgers do."""
    piece = chance.choice((b"\r\n", b"\xef\xbb\xbf", FORGED + b"\r\n\r\n", other, b"\0" * 9, PART))
    return piece + data if chance.random() < 0.6 else data + piece


def in_base64(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """A change below a transfer encoding."""
    blocks = list(re.finditer(rb"(?:[A-Za-z0-9+/]{40,80}\r?\n)+[A-Za-z0-9+/=]*", data))
    if not blocks:
        return other_text(data, other, chance)
    block = chance.choice(blocks)
    letters = b"".join(block[0].split()).rstrip(b"=")
    inner = base64.b64decode(letters[: len(letters) // 4 * 4])
    changed = chance.choice((*MUTATIONS, other_text))(inner, other, chance)
    return data[: block.start()] + base64.encodebytes(changed) + data[block.end() :]


OURS: tuple[Mutation, ...] = (other_text, zip_members, mail_pieces, around, in_base64)


def _members(data: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


# ------------------------------------------------------------------ the attack


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def attack(corpus: list[tuple[Signed, Signed]], seed: int, folder: Path) -> tuple[str, str]:
    """The conclusion, and a wrong answer in words."""
    chance = random.Random(seed)
    sample, other = corpus[seed % len(corpus)]
    data = sample.data
    for _ in range(chance.choice((1, 1, 1, 2))):
        mutation = chance.choice((*MUTATIONS, *OURS, *OURS))
        data = mutation(data, other.data, chance) or b"x"
    conclusion = validate_file(write(folder, "brief", data), (), AT, None, "x").conclusion
    if conclusion is not Conclusion.INTACT:
        return conclusion.value, ""
    seen, may = shown(sample.form, data), [sample.shown, other.shown]
    if other.data in data:  # with its signature: two signed files, each with its own text
        may.append(sample.shown | other.shown)
    if "enveloped" in sample.form or not any(seen <= each for each in may):
        return conclusion.value, f"{seed} {sample.form} {mutation.__name__}: {seen - sample.shown}"
    return conclusion.value, ""


def test_every_form_is_what_it_is(corpus: list[tuple[Signed, Signed]], tmp_path: Path) -> None:
    for sample, _ in corpus:
        report = validate_file(write(tmp_path, "brief", sample.data), (), AT, None, "x")
        closed = "enveloped" in sample.form
        assert (report.conclusion is Conclusion.INTACT) != closed, sample.form
        assert closed or any(GOOD.decode() in line for line in sample.shown), sample.form


@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_changed_mails_and_containers(corpus: list[tuple[Signed, Signed]], tmp_path: Path) -> None:
    found = [attack(corpus, seed, tmp_path) for seed in range(SHORT)]
    assert [why for _, why in found if why] == []


@pytest.mark.campaign
@pytest.mark.timeout(0)
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("shard", range(SHARDS))
def test_20_000_changed_mails_and_containers(
    corpus: list[tuple[Signed, Signed]], shard: int, tmp_path: Path
) -> None:
    counts: Counter[str] = Counter()
    wrong = []
    for seed in range(1_000 + shard, 1_000 + CASES, SHARDS):
        conclusion, why = attack(corpus, seed, tmp_path)
        counts[conclusion] += 1
        wrong += [why] if why else []
    print(f"\nmails and containers, part {shard + 1} of {SHARDS}: {dict(counts)}, wrong: {wrong}")
    assert wrong == []
