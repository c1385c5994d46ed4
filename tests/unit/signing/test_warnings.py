"""What a clerk reads of a file that something is wrong with: German, and no program's own words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from signing.report.interface import SignatureReport
from signing.validate import validate_file
from tests.unit.signing.make import AT, cms, pdf, sign, signer, write
from tests.unit.signing.test_containers import packed, signed_container

FOREIGN = re.compile(
    r"Error|Exception|Traceback|[\[{}\]]|\b(?:the|of|is|not|with|without|where|than|xrefs?|bytes)\b"
)


def look(folder: Path, name: str, data: bytes) -> SignatureReport:
    return validate_file(write(folder, name, data), (), AT, None, name)


def spoilt() -> dict[str, bytes]:
    signed, message = sign(pdf(), signer()), cms(b"Genehmigt", signer(), detached=False)
    container = signed_container({"a.txt": b"a"})
    return {
        "appended.pdf": signed + b"9999",
        "doubled.pdf": signed + pdf(text="Anders"),
        "cut.pdf": signed[:-200],
        "range.pdf": re.sub(rb"/ByteRange \[[^]]*\]", b"/ByteRange [0 1 2]", signed),
        "cut.p7m": message[:-20],
        "odd.p7m": message.replace(b"\x02\x01\x01", b"\x02\x00\x01", 1),
        "cut.asice": packed(container)[:-30],
        "odd.asice": packed({**container, "META-INF/signature.p7s": b"0"}),
        "more.asice": packed({**container, "c.txt": b"c"}),
        "less.asice": packed({name: data for name, data in container.items() if name != "a.txt"}),
        "lost.p7s": cms(b"Genehmigt", signer(), detached=True),
        "odd.xml": b"<a xmlns:d='http://www.w3.org/2000/09/xmldsig#'><d:Signature></d:Signature></a>",
        "odd.eml": b"From: a@b\r\nSubject: x\r\nContent-Type: multipart/signed\r\n\r\nx",
    }


@pytest.mark.parametrize(("name", "data"), spoilt().items(), ids=spoilt())
def test_a_warning_is_german_and_names_what_it_is_about(
    name: str, data: bytes, tmp_path: Path
) -> None:
    report = look(tmp_path, name, data)
    assert report.warnings
    assert [line for line in report.warnings if FOREIGN.search(line)] == []


def test_the_names_of_what_is_missing_or_unsigned_are_told(tmp_path: Path) -> None:
    files = spoilt()
    for name, told in (("more.asice", "c.txt"), ("less.asice", "a.txt")):
        report = look(tmp_path, name, files[name])
        assert any(told in line for line in report.warnings)
