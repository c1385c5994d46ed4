"""Our own seal: written so that every byte is covered, and broken by any change."""

from __future__ import annotations

import random
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from signing.errors import SealError, SealKeyError
from signing.report.interface import Changes, Conclusion
from signing.sealing.seal import BROKEN, OK, TRIAL_MARK, verify_seal
from signing.sealing.seal_pkcs12 import Pkcs12Sealer, create_trial_key, open_sealer
from signing.validate import validate_file
from tests.unit.signing.make import AT, cms, pdf, sign, signer, write

REASON = "Ersetzendes Scannen: Siegel über Scan und Transfervermerk"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "siegel.p12"
    create_trial_key(path, "geheim", county="Landkreis Muster", at=AT)
    return path


@pytest.fixture(scope="module")
def sealer(key: Path) -> Pkcs12Sealer:
    return open_sealer(key, "geheim")


@pytest.fixture
def sealed(sealer: Pkcs12Sealer, tmp_path: Path) -> Path:
    source = write(tmp_path, "source.pdf", pdf())
    out = tmp_path / "sealed.pdf"
    sealer.seal(source, out, reason=REASON, at=AT, subject="Akte 1")
    return out


def known(sealer: Pkcs12Sealer) -> frozenset[str]:
    return frozenset({sealer.certificate_sha256})


def test_a_seal_holds_and_is_seen_by_the_validator(sealer: Pkcs12Sealer, sealed: Path) -> None:
    assert verify_seal(sealed, known(sealer)) == OK
    report = validate_file(sealed, (), AT, None, "sealed.pdf")
    assert report.conclusion is Conclusion.INTACT
    (seal,) = report.signatures
    assert seal.format == "PAdES"
    assert seal.covers_whole_file and seal.changes is Changes.NONE
    assert seal.signing_time == AT
    assert seal.signer is not None and TRIAL_MARK in seal.signer


def test_the_answer_says_what_was_written(sealer: Pkcs12Sealer, tmp_path: Path) -> None:
    source = write(tmp_path, "source.pdf", pdf())
    before = source.read_bytes()
    seal = sealer.seal(source, tmp_path / "out.pdf", reason=REASON, at=AT, subject="Akte 1")
    assert (seal.level, seal.trial, seal.signed_at) == ("B-B", True, AT)
    assert seal.certificate_sha256 == sealer.certificate_sha256
    assert source.read_bytes() == before
    assert (tmp_path / "out.pdf").read_bytes().startswith(before)


def test_any_changed_byte_breaks_it(sealer: Pkcs12Sealer, sealed: Path, tmp_path: Path) -> None:
    good = sealed.read_bytes()
    chance = random.Random(7)
    start, end = good.index(b"/Contents <") + 11, good.rindex(b">")
    hole = range(start, end)
    for _ in range(200):
        place = chance.randrange(len(good))
        if place in hole:
            continue
        changed = bytearray(good)
        changed[place] ^= 1 << chance.randrange(8)
        path = write(tmp_path, "changed.pdf", bytes(changed))
        assert verify_seal(path, known(sealer)) == BROKEN, place


@pytest.mark.parametrize("tail", [b"x", b"\n", b"%%EOF", b"\0"])
def test_anything_behind_it_breaks_it(
    sealer: Pkcs12Sealer, sealed: Path, tmp_path: Path, tail: bytes
) -> None:
    path = write(tmp_path, "longer.pdf", sealed.read_bytes() + tail)
    assert verify_seal(path, known(sealer)) == BROKEN


def test_a_later_signature_does_not_close_it(sealer: Pkcs12Sealer, sealed: Path) -> None:
    sealed.write_bytes(sign(sealed.read_bytes(), signer(), field="Spaeter"))
    assert verify_seal(sealed, known(sealer)) == BROKEN


def test_a_strangers_seal_is_none_of_ours(sealer: Pkcs12Sealer, tmp_path: Path) -> None:
    path = write(tmp_path, "foreign.pdf", sign(pdf(), signer("Fremdes Siegel")))
    assert verify_seal(path, known(sealer)) == BROKEN
    assert verify_seal(path, frozenset()) == BROKEN


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"/ByteRange [0 1 3 1]<>", pdf()])
def test_without_a_seal_it_is_broken(data: bytes, tmp_path: Path) -> None:
    assert verify_seal(write(tmp_path, "none.pdf", data), frozenset({"00" * 32})) == BROKEN


def test_a_seal_over_a_sealed_file(sealer: Pkcs12Sealer, sealed: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.pdf"
    sealer.seal(sealed, again, reason=REASON, at=AT + timedelta(hours=1), subject="Akte 1")
    assert verify_seal(again, known(sealer)) == OK
    report = validate_file(again, (), AT, None, "again.pdf")
    assert report.conclusion is Conclusion.INTACT and len(report.signatures) == 2


def test_a_file_that_cannot_be_sealed_leaves_nothing(sealer: Pkcs12Sealer, tmp_path: Path) -> None:
    source = write(tmp_path, "broken.pdf", b"%PDF-1.7 and no more")
    with pytest.raises(SealError, match="Akte 9"):
        sealer.seal(source, tmp_path / "out.pdf", reason=REASON, at=AT, subject="Akte 9")
    assert [p.name for p in tmp_path.iterdir()] == ["broken.pdf"]


def test_an_expired_seal_certificate_is_refused(sealer: Pkcs12Sealer, tmp_path: Path) -> None:
    source = write(tmp_path, "source.pdf", pdf())
    late = AT + timedelta(days=4000)
    with pytest.raises(SealError, match="not valid"):
        sealer.seal(source, tmp_path / "out.pdf", reason=REASON, at=late, subject="Akte 1")


def test_the_trial_key_is_private_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key.p12"
    create_trial_key(path, "geheim", county="Kreis", at=AT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(SealKeyError, match="never replaced"):
        create_trial_key(path, "geheim", county="Kreis", at=AT)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["key.p12"]


def test_a_wrong_key_is_named(key: Path, tmp_path: Path) -> None:
    with pytest.raises(SealKeyError, match=r"siegel\.p12.*passphrase"):
        open_sealer(key, "falsch")
    with pytest.raises(SealKeyError, match=r"missing\.p12"):
        open_sealer(tmp_path / "missing.p12", "geheim")
    with pytest.raises(SealKeyError, match="passphrase is needed"):
        create_trial_key(tmp_path / "x.p12", "", county="Kreis", at=AT)


def test_a_detached_signature_is_no_seal(sealer: Pkcs12Sealer, tmp_path: Path) -> None:
    assert (
        verify_seal(write(tmp_path, "x.p7s", cms(b"x", signer(), detached=True)), known(sealer))
        == BROKEN
    )
