"""A copy is PDF/A as sealed: what counts is judged on those bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest

from ocr.pdfa.embedding import Metadata, embed
from ocr.pdfa.repair import declare, save
from ocr.pdfa.validator import Validator
from signing.sealing.seal import OK, verify_seal
from signing.sealing.seal_pkcs12 import Pkcs12Sealer, create_trial_key, open_sealer

AT = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
PACKET = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
    'xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" '
    'xmlns:own="http://muster.example/ns#" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">'
    '%s</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)
ALT = "<dc:{0}><rdf:Alt>{1}</rdf:Alt></dc:{0}>"
PACKETS: dict[str, str | None] = {
    "empty language alternative": ALT.format("description", '<rdf:li xml:lang="x-default"/>'),
    "empty element": "<dc:description/>",
    "alternative of nothing": ALT.format("description", ""),
    "empty title": ALT.format("title", '<rdf:li xml:lang="x-default"></rdf:li>'),
    "several languages": ALT.format(
        "title",
        '<rdf:li xml:lang="x-default">A</rdf:li><rdf:li xml:lang="de-DE">B</rdf:li>'
        '<rdf:li xml:lang="en">C</rdf:li>',
    ),
    "empty lists": "<dc:creator><rdf:Seq/></dc:creator><dc:subject><rdf:Bag/></dc:subject>",
    "structures": '<xmpMM:History><rdf:Seq><rdf:li rdf:parseType="Resource"/></rdf:Seq>'
    "</xmpMM:History>",
    "own schema": "<own:aktenzeichen>AZ 1/2026</own:aktenzeichen>",
    "empty strings": "<pdf:Keywords></pdf:Keywords><pdf:Producer/><xmp:CreatorTool/>",
    "part 1": "<pdfaid:part>1</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>",
    "part 2": "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>",
    "part 4": "<pdfaid:part>4</pdfaid:part><pdfaid:rev>2020</pdfaid:rev>",
    "broken": "<dc:title>",
    "none": None,
}


@pytest.fixture(scope="module")
def sealer(tmp_path_factory: pytest.TempPathFactory) -> Pkcs12Sealer:
    path = tmp_path_factory.mktemp("key") / "siegel.p12"
    create_trial_key(path, "geheim", county="Landkreis Muster", at=AT)
    return open_sealer(path, "geheim")


def copy_with(path: Path, packet: str | None) -> Path:
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        if packet is not None:
            stream = pdf.make_stream((PACKET % packet).encode())
            stream.Type, stream.Subtype = pikepdf.Name.Metadata, pikepdf.Name.XML
            pdf.Root.Metadata = stream
        declare(pdf, "3b", title=None, description=None)
        save(pdf, path, "3b")
    return path


def noted(path: Path, out: Path, metadata: Metadata = Metadata.KEPT) -> Path:
    embed(
        path,
        out,
        name="transfervermerk.json",
        data=b"{}",
        mime_type="application/json",
        relationship="Supplement",
        note_id="urn:uuid:1",
        metadata=metadata,
    )
    return out


@pytest.mark.parametrize("name", PACKETS)
def test_sealing_leaves_an_archival_copy_what_it_is(
    tmp_path: Path, validator: Validator, sealer: Pkcs12Sealer, name: str
) -> None:
    copy = noted(copy_with(tmp_path / "a.pdf", PACKETS[name]), tmp_path / "b.pdf")
    sealed = tmp_path / "c.pdf"
    sealer.seal(copy, sealed, reason="Siegel", at=AT, subject="Akte 1")
    verdict = validator.validate(sealed, "3b")
    assert verdict.compliant, verdict.failed
    assert verify_seal(sealed, frozenset({sealer.certificate_sha256})) == OK


def test_sealing_writes_no_metadata(tmp_path: Path, sealer: Pkcs12Sealer) -> None:
    """pyHanko would write them anew; this also shows when a new release does so another way."""
    copy = noted(copy_with(tmp_path / "a.pdf", PACKETS["several languages"]), tmp_path / "b.pdf")
    sealed = tmp_path / "c.pdf"
    sealer.seal(copy, sealed, reason="Siegel", at=AT, subject="Akte 1")
    with pikepdf.open(copy) as before, pikepdf.open(sealed) as after:
        assert after.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()
        assert str(after.docinfo.get("/ModDate")) == str(before.docinfo.get("/ModDate"))


def test_renewed_metadata_keep_title_note_and_claim(tmp_path: Path, validator: Validator) -> None:
    said = ALT.format("title", '<rdf:li xml:lang="x-default">Bescheid</rdf:li>')
    copy = copy_with(tmp_path / "a.pdf", said)
    made = noted(copy, tmp_path / "b.pdf", Metadata.RENEWED)
    assert validator.validate(made).compliant
    with pikepdf.open(made) as pdf, pdf.open_metadata() as meta:
        assert meta["dc:title"] == "Bescheid" and meta["dc:identifier"] == "urn:uuid:1"


def test_an_unclaimed_copy_claims_nothing(tmp_path: Path, validator: Validator) -> None:
    made = noted(copy_with(tmp_path / "a.pdf", None), tmp_path / "b.pdf", Metadata.UNCLAIMED)
    assert b"pdfaid:part" not in made.read_bytes()
    assert validator.validate(made).error == "die Datei erhebt keinen PDF/A-Anspruch"


def adobe_rgb() -> bytes:
    """sRGB's profile under another name and with another gamma is no sRGB any more."""
    from pikepdf.pdfa._output_intent import load_srgb

    return load_srgb().replace(b"sRGB", b"aRGB")


@pytest.mark.parametrize("kind", ["GTS_PDFA1", "GTS_PDFX"])
def test_the_output_intent_stays_for_its_colours_mean_nothing_without(kind: str) -> None:
    """Also that of a file for print; what it is kept as is PDF/A's."""
    profile = adobe_rgb()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        intent = pikepdf.Dictionary(
            Type=pikepdf.Name.OutputIntent,
            S=pikepdf.Name("/" + kind),
            OutputConditionIdentifier=pikepdf.String("Weiter Farbraum"),
            DestOutputProfile=pdf.make_stream(profile, N=3),
        )
        pdf.Root.OutputIntents = pikepdf.Array([intent])
        declare(pdf, "3b", title=None, description=None)
        kept = pdf.Root.OutputIntents[0]
        assert kept.DestOutputProfile.read_bytes() == profile
        assert str(kept.OutputConditionIdentifier) == "Weiter Farbraum"
        assert [one.S for one in pdf.Root.OutputIntents] == [pikepdf.Name.GTS_PDFA1]


@pytest.mark.parametrize("profile", [b"", b"no profile", b"x" * 200])
def test_a_profile_that_is_none_gives_way(
    tmp_path: Path, validator: Validator, profile: bytes
) -> None:
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        intent = pikepdf.Dictionary(
            S=pikepdf.Name.GTS_PDFA1, DestOutputProfile=pdf.make_stream(profile, N=3)
        )
        pdf.Root.OutputIntents = pikepdf.Array([intent])
        declare(pdf, "3b", title=None, description=None)
        save(pdf, tmp_path / "a.pdf", "3b")
    assert validator.validate(tmp_path / "a.pdf", "3b").compliant
