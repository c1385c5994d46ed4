"""Texts of XML that a comment or an instruction parts are read whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from signing.report.interface import Conclusion
from tests.unit.signing.make import cms, signer
from tests.unit.signing.test_containers import look as look_at_container
from tests.unit.signing.test_containers import manifest, packed
from tests.unit.signing.test_xml_scope import ALL, INTACT, look

COMMENT, INSTRUCTION = b"<!-- c -->", b"<?a b?>"


@pytest.mark.parametrize("name", [b"SignatureValue", b"X509Certificate"])
@pytest.mark.parametrize("mark", [COMMENT, INSTRUCTION])
def test_a_comment_does_not_cut_a_text(tmp_path: Path, name: bytes, mark: bytes) -> None:
    """SAML, 2018: programs that read up to a comment take another value than was signed."""
    start = ALL.index(b"<ds:" + name + b">") + len(name) + 5
    for at in (start, start + 8):
        assert look(tmp_path, ALL[:at] + mark + ALL[at:]).conclusion is INTACT


def test_a_comment_in_a_digest(tmp_path: Path) -> None:
    """It is no part of the canonical form either."""
    data = ALL.replace(b"<ds:DigestValue>", b"<ds:DigestValue>" + COMMENT)
    assert look(tmp_path, data).conclusion is INTACT
    assert look(tmp_path, data.replace(b">100<", b">999<")).conclusion is Conclusion.BROKEN


def test_a_comment_in_a_manifest(tmp_path: Path) -> None:
    files = {"a.txt": b"100 Euro"}
    named = manifest(files).replace(b"<ds:DigestValue>", b"<ds:DigestValue>" + COMMENT)
    signed = {
        "META-INF/ASiCManifest.xml": named,
        "META-INF/signature.p7s": cms(named, signer(), detached=True),
    }
    report = look_at_container(tmp_path, "a.asice", packed(files | signed))
    assert report.conclusion is INTACT
    changed = look_at_container(tmp_path, "b.asice", packed({"a.txt": b"999 Euro"} | signed))
    assert changed.conclusion is Conclusion.BROKEN
