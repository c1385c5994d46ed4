"""The sealed bytes are judged before they count; a seal that undoes PDF/A is not kept with its claim."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pikepdf
import pytest

from api.wiring import House
from archive.model import RenditionRole, Severity
from signing.sealing.seal import OK, Seal, Sealer, verify_seal
from tests.flow.conftest import Flow
from tests.unit.ocr.pdfs import lines

SPOILT = b"<dc:description></dc:description></rdf:Description>"


@dataclass(frozen=True)
class Spoiling:
    """A seal whose writer changes the metadata first, as libraries do: always, or where they are old."""

    real: Sealer
    always: bool

    @property
    def certificate_sha256(self) -> str:
        return self.real.certificate_sha256

    def seal(self, source: Path, out: Path, *, reason: str, at: datetime, subject: str) -> Seal:
        spoilt = out.with_name("spoilt.pdf")
        shutil.copyfile(source, spoilt)
        with pikepdf.open(spoilt, allow_overwriting_input=True) as pdf:
            xmp = pdf.Root.Metadata.read_bytes()
            if self.always or b"Altes" in xmp:
                changed = xmp.replace(b"</rdf:Description>", SPOILT, 1)
                pdf.Root.Metadata.write(changed)
                pdf.save(spoilt, min_version="1.7", force_version="1.7")
        return self.real.seal(spoilt, out, reason=reason, at=at, subject=subject)

    def seal_data(self, data: bytes, *, subject: str) -> bytes:
        return self.real.seal_data(data, subject=subject)


@pytest.fixture
def at_work(house: House, request: pytest.FixtureRequest) -> Iterator[Flow]:
    flow = Flow(house)
    flow.start(
        lambda engines: replace(engines, sealer=Spoiling(house.engines.sealer, request.param))
    )
    yield flow
    flow.stop()


def letter(word: str) -> bytes:
    """A page with metadata of its own."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(300, 200))
        pdf.pages[0].obj.Contents = pdf.make_stream(b"0 0 %d 20 re f" % len(lines(word)))
        with pdf.open_metadata(set_pikepdf_as_editor=False) as meta:
            meta["dc:title"] = word
            meta["xmp:CreatorTool"] = "Altes Programm"
        pdf.save(out)
    return out.getvalue()


def sealed(flow: Flow, content: bytes, name: str) -> tuple[Path, dict[str, Severity], str]:
    item = flow.wait(flow.take(content, name))
    document = flow.document(item.documents[0])
    product = next(r for r in document.renditions if r.role is RenditionRole.SCAN_PRODUCT)
    assert product.detail["pdfa"] in ("compliant", "non-compliant")
    found = {finding.code: finding.severity for finding in document.findings}
    return flow.engines.objects.path(product.sha256), found, str(product.detail["metadata"])


@pytest.mark.parametrize("at_work", [False], indirect=True)
def test_metadata_that_fail_with_the_seal_are_written_anew(at_work: Flow) -> None:
    path, found, metadata = sealed(at_work, letter("Bescheid eins"), "eins.pdf")
    assert metadata == "renewed"
    assert found["pdfa.metadata_renewed"] is Severity.INFO
    assert at_work.engines.pdfa.judge(path, None).compliant
    known = frozenset({at_work.engines.sealer.certificate_sha256})
    assert verify_seal(path, known) == OK


@pytest.mark.parametrize("at_work", [True], indirect=True)
def test_a_sealed_copy_that_fails_for_good_claims_nothing(at_work: Flow) -> None:
    path, found, metadata = sealed(at_work, letter("Bescheid zwei"), "zwei.pdf")
    assert metadata == "unclaimed"
    assert found["pdfa.sealed_not_compliant"] is Severity.BLOCKS_DESTRUCTION
    with pikepdf.open(path) as pdf, pdf.open_metadata() as meta:
        assert not meta.pdfa_status
