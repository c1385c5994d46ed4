"""Certificates, time-stamps and revocation against a small infrastructure of our own.

None of it ever changes the conclusion: every file here is intact.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from signing.errors import TrustError
from signing.report.interface import (
    Conclusion,
    Indication,
    Reason,
    SignatureReport,
    SignatureResult,
    Tone,
    tone,
    wording,
)
from signing.trust.trust_folder import Trust
from signing.validate import validate_file
from tests.unit.signing.make import pdf, sign, signer, write
from tests.unit.signing.pki import Pki

AT = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
THEN = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)  #: while every certificate but "later" was good


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def trust(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Trust:
    return Trust(pki.trust(tmp_path_factory.mktemp("trust")))


def look(folder: Path, data: bytes, trust: Trust | None, at: datetime = AT) -> SignatureReport:
    report = validate_file(write(folder, "letter.pdf", data), (), at, trust, "letter.pdf")
    assert report.conclusion is Conclusion.INTACT
    return report


def only(report: SignatureReport) -> SignatureResult:
    (result,) = [s for s in report.signatures if s.field == "Unterschrift"]
    return result


def said(result: SignatureResult) -> tuple[Indication, str | None]:
    return result.indication, result.sub_indication


def test_a_good_signature_passes(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    report = look(tmp_path, pki.store(pki.sign(pdf(), "good"), AT), trust)
    result = only(report)
    assert said(result) == (Indication.TOTAL_PASSED, None)
    assert result.trust_anchor is not None and "Testwurzel" in result.trust_anchor
    assert [c.name for c in result.chain] == ["Testaussteller", "Testwurzel"]
    assert {r.status for r in result.revocation} == {"good"}
    assert tone(report) is Tone.GREEN
    assert wording(result).startswith("Seit der Signatur unverändert")
    assert "Zertifikat gültig" in wording(result)
    assert report.trust == trust.fingerprint()


def test_nobody_is_trusted_without_a_store(pki: Pki, tmp_path: Path) -> None:
    data = pki.store(pki.sign(pdf(), "good"), AT)
    for nobody in (None, Trust(tmp_path / "missing")):
        report = look(tmp_path, data, nobody)
        assert said(only(report)) == (Indication.INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND")
        assert tone(report) is Tone.YELLOW


def test_without_revocation_data_it_is_not_passed(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    result = only(look(tmp_path, pki.sign(pdf(), "good"), trust))
    assert said(result) == (Indication.INDETERMINATE, "TRY_LATER")


def test_old_revocation_data_does_not_count(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    result = only(look(tmp_path, pki.store(pki.sign(pdf(), "good"), THEN), trust))
    assert said(result) == (Indication.INDETERMINATE, "TRY_LATER")


def test_revoked_without_proof_of_time(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    report = look(tmp_path, pki.store(pki.sign(pdf(), "revoked"), AT), trust)
    result = only(report)
    assert said(result) == (Indication.INDETERMINATE, "REVOKED_NO_POE")
    assert {r.status for r in result.revocation} == {"revoked"}
    assert "Zertifikat widerrufen" in wording(result)
    assert tone(report) is Tone.YELLOW


def test_revoked_after_the_timestamp(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    data = pki.store(pki.sign(pdf(), "revoked", stamped=THEN), AT)
    result = only(look(tmp_path, data, trust))
    assert said(result) == (Indication.TOTAL_PASSED, None)
    assert (result.best_time, result.best_time_source) == (THEN, "SIG_TS")
    assert [stamp.trusted for stamp in result.timestamps] == [True]


def test_revoked_before_the_timestamp(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    late = datetime(2025, 9, 1, tzinfo=UTC)
    data = pki.store(pki.sign(pdf(), "revoked", stamped=late), AT)
    assert said(only(look(tmp_path, data, trust))) == (
        Indication.INDETERMINATE,
        "REVOKED_NO_POE",
    )


def test_provably_signed_after_the_revocation(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    stamped = pki.stamp(pdf(), datetime(2025, 9, 1, tzinfo=UTC))
    data = pki.store(pki.sign(stamped, "revoked"), AT)
    assert said(only(look(tmp_path, data, trust))) == (Indication.TOTAL_FAILED, "REVOKED")


def test_expired_without_proof_of_time(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    data = pki.store(pki.sign(pdf(), "short"), AT)
    report = look(tmp_path, data, trust)
    assert said(only(report)) == (Indication.INDETERMINATE, "OUT_OF_BOUNDS_NO_POE")
    assert tone(report) is Tone.YELLOW


def test_expired_after_the_timestamp(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    data = pki.store(pki.sign(pdf(), "short", stamped=THEN), THEN)
    assert said(only(look(tmp_path, data, trust))) == (Indication.TOTAL_PASSED, None)


def test_a_document_timestamp_proves_what_it_covers(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    data = pki.stamp(pki.store(pki.sign(pdf(), "short"), THEN), THEN)
    report = look(tmp_path, pki.store(data, AT), trust)
    result = only(report)
    assert said(result) == (Indication.TOTAL_PASSED, None)
    assert (result.best_time, result.best_time_source) == (THEN, "DOC_TS")


def test_provably_signed_after_expiry(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    stamped = pki.stamp(pdf(), datetime(2025, 9, 1, tzinfo=UTC))
    data = pki.store(pki.sign(stamped, "short"), AT)
    assert said(only(look(tmp_path, data, trust))) == (Indication.TOTAL_FAILED, "EXPIRED")


def test_a_timestamp_of_a_stranger_proves_nothing(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    stranger = Pki(tmp_path / "stranger")
    stamped = stranger.stamp(pki.sign(pdf(), "short"), THEN)
    report = look(tmp_path, pki.store(stamped, AT), trust)
    assert said(only(report)) == (Indication.INDETERMINATE, "OUT_OF_BOUNDS_NO_POE")
    assert only(report).best_time is None


def test_not_yet_valid(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    assert said(only(look(tmp_path, pki.store(pki.sign(pdf(), "later"), AT), trust))) == (
        Indication.INDETERMINATE,
        "NOT_YET_VALID",
    )
    stamped = pki.store(pki.sign(pdf(), "later", stamped=THEN), AT)
    assert said(only(look(tmp_path, stamped, trust))) == (
        Indication.TOTAL_FAILED,
        "NOT_YET_VALID",
    )


def test_a_certificate_for_logging_in(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    assert said(only(look(tmp_path, pki.store(pki.sign(pdf(), "login"), AT), trust))) == (
        Indication.INDETERMINATE,
        "CHAIN_CONSTRAINTS_FAILURE",
    )


def test_an_old_digest(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    data = pki.store(pki.sign(pdf(), "good", md="sha1"), AT)
    assert said(only(look(tmp_path, data, trust))) == (
        Indication.INDETERMINATE,
        "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
    )


def test_a_self_signed_certificate(trust: Trust, tmp_path: Path) -> None:
    by = signer()
    data = sign(pdf(), by)
    assert said(only(look(tmp_path, data, trust))) == (
        Indication.INDETERMINATE,
        "NO_CERTIFICATE_CHAIN_FOUND",
    )
    own = tmp_path / "own" / "anchors"
    own.mkdir(parents=True)
    assert by.signing_cert is not None
    (own / "siegel.der").write_bytes(by.signing_cert.dump())
    assert said(only(look(tmp_path, data, Trust(own.parent)))) == (Indication.TOTAL_PASSED, None)


def test_a_broken_signature_fails_whoever_signed(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    data = pki.store(pki.sign(pdf(), "good"), AT).replace(b"Bescheid 1", b"Bescheid 7")
    report = validate_file(write(tmp_path, "x.pdf", data), (), AT, trust, "x.pdf")
    assert report.conclusion is Conclusion.BROKEN
    assert said(only(report)) == (Indication.TOTAL_FAILED, "HASH_FAILURE")
    assert tone(report) is Tone.RED


def test_a_changed_store_is_loaded_anew(pki: Pki, tmp_path: Path) -> None:
    store = tmp_path / "store"
    (store / "anchors").mkdir(parents=True)
    data = pki.store(pki.sign(pdf(), "good"), AT)
    before = look(tmp_path, data, Trust(store))
    assert only(before).indication is Indication.INDETERMINATE
    (store / "anchors" / "root.der").write_bytes(pki.cert("root").dump())
    after = look(tmp_path, data, Trust(store))
    assert only(after).indication is Indication.TOTAL_PASSED
    assert before.trust != after.trust


def test_a_damaged_anchor_is_named(pki: Pki, tmp_path: Path) -> None:
    store = pki.trust(tmp_path / "store")
    (store / "anchors" / "kaputt.pem").write_bytes(b"no certificate")
    with pytest.raises(TrustError, match=r"kaputt\.pem"):
        look(tmp_path, pdf(), Trust(store))


def test_an_old_german_signature_hints_at_the_chain_model(
    pki: Pki, trust: Trust, tmp_path: Path
) -> None:
    data = pki.store(pki.sign(pdf(), "signaturgesetz"), AT)
    report = look(tmp_path, data, trust)
    assert only(report).sub_indication == "OUT_OF_BOUNDS_NO_POE"
    assert Reason.LEGACY_DE_CHAIN_MODEL in report.reasons
    later = look(tmp_path, pki.store(pki.sign(pdf(), "short"), AT), trust)
    assert Reason.LEGACY_DE_CHAIN_MODEL not in later.reasons


def test_a_timestamp_proves_nothing_of_another_file(pki: Pki, trust: Trust, tmp_path: Path) -> None:
    """Two files in one mail: the offsets of one say nothing of the other."""
    stamped = pki.stamp(pki.store(pki.sign(pdf(40), "good"), THEN), THEN)
    mail = EmailMessage()
    mail["From"] = "a@example.org"
    mail.set_content("x")
    for name, data in (("a.pdf", stamped), ("b.pdf", pki.store(pki.sign(pdf(), "short"), AT))):
        mail.add_attachment(data, maintype="application", subtype="pdf", filename=name)
    report = look(tmp_path, mail.as_bytes(), trust)
    (alone,) = [s for s in report.signatures if s.field == "b.pdf: Unterschrift"]
    assert alone.best_time is None
    assert said(alone) == (Indication.INDETERMINATE, "OUT_OF_BOUNDS_NO_POE")
