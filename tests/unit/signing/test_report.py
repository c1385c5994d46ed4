"""The report keeps every word through JSON, and its German is never better than it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import ConfigError
from signing.conclusions.german_wording import CONCLUSIONS, REASONS
from signing.report.interface import (
    CertificateInfo,
    Changes,
    Conclusion,
    Engine,
    Indication,
    Integrity,
    Kind,
    Note,
    Reading,
    Reason,
    SignatureReport,
    SignatureResult,
    TimestampInfo,
    Tone,
    TrustedListInfo,
    from_json,
    public,
    to_json,
    tone,
    wording,
)

AT = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)

results = st.builds(
    SignatureResult,
    signature_id=st.just("S1"),
    field=st.none() | st.text(max_size=20),
    container=st.just("PDF"),
    format=st.just("PAdES"),
    kind=st.sampled_from(Kind),
    conclusion=st.sampled_from([c for c in Conclusion if c is not Conclusion.UNSIGNED]),
    indication=st.sampled_from(Indication),
    sub_indication=st.none() | st.sampled_from(["REVOKED", "GENERIC", "NO_POE"]),
    integrity=st.sampled_from(Integrity),
    changes=st.sampled_from(Changes),
    covers_whole_file=st.none() | st.booleans(),
    certificate=st.none()
    | st.builds(CertificateInfo, subject=st.text(max_size=20), not_before=st.just(AT)),
    signing_time=st.none() | st.just(AT),
    byte_range=st.none() | st.just((0, 1, 2, 3)),
    timestamps=st.lists(
        st.builds(TimestampInfo, kind=st.just("SIG_TS"), time=st.just(AT)), max_size=2
    ).map(tuple),
    trusted_list=st.none() | st.just(TrustedListInfo(territory="DE", sequence_number=7)),
    notes=st.lists(
        st.builds(Note, reason=st.sampled_from(Reason), detail=st.text(max_size=9)), max_size=2
    ).map(tuple),
)
reports = st.builds(
    SignatureReport,
    file=st.text(max_size=20),
    sha256=st.just("ab" * 32),
    size=st.integers(0, 9),
    conclusion=st.sampled_from(Conclusion),
    reading=st.sampled_from(Reading),
    signatures=st.lists(results, max_size=3).map(tuple),
    warnings=st.lists(st.text(max_size=9), max_size=2).map(tuple),
    notes=st.just(()),
    validation_time=st.just(AT),
    engine=st.just(Engine(name="e", version="1")),
    contents=st.just((("a.pdf", "cd" * 32),)),
)


@given(reports)
def test_json_gives_the_report_back(report: SignatureReport) -> None:
    assert from_json(to_json(report)) == report


@given(reports)
def test_the_public_shape_is_the_promised_one(report: SignatureReport) -> None:
    shape = public(report)
    assert list(shape) == ["file", "sha256", "conclusion", "reading", "signatures", "warnings"]
    for signature in shape["signatures"]:
        assert list(signature) == [
            "field",
            "format",
            "kind",
            "indication",
            "sub_indication",
            "integrity",
            "changes",
            "covers_whole_file",
            "qualification",
            "signer",
            "signing_time",
            "best_time",
            "trusted_list",
        ]
    assert json.loads(json.dumps(shape)) == shape


@given(reports)
def test_green_is_only_what_is_intact_and_passed(report: SignatureReport) -> None:
    shown = tone(report)
    if shown is Tone.GREEN:
        assert report.conclusion is Conclusion.INTACT
        assert {s.indication for s in report.signatures} == {Indication.TOTAL_PASSED}
    if report.conclusion is Conclusion.INDETERMINATE:
        assert shown is Tone.YELLOW


@given(reports)
def test_the_sentence_says_gueltig_only_when_it_passed(report: SignatureReport) -> None:
    subjects: list[SignatureReport | SignatureResult] = [report, *report.signatures]
    for subject in subjects:
        text = wording(subject)
        assert text.endswith(".")
        if "gültig" in text.replace("noch nicht gültig", ""):
            assert tone(subject) is Tone.GREEN


@pytest.mark.parametrize(
    ("sub_indication", "sentence"),
    [
        ("REVOKED", "Seit der Signatur unverändert, aber: Zertifikat widerrufen."),
        (
            "NO_CERTIFICATE_CHAIN_FOUND",
            (
                "Seit der Signatur unverändert, aber: Aussteller des Zertifikats hier nicht als "
                "vertrauenswürdig bekannt."
            ),
        ),
    ],
)
def test_intact_with_a_bad_certificate_is_worded_so(sub_indication: str, sentence: str) -> None:
    result = SignatureResult(
        signature_id="S1",
        field=None,
        container="PDF",
        format="PAdES",
        kind=Kind.SIGNATURE,
        conclusion=Conclusion.INTACT,
        indication=Indication.INDETERMINATE,
        sub_indication=sub_indication,
        integrity=Integrity.INTACT,
        changes=Changes.NONE,
        covers_whole_file=True,
    )
    assert wording(result) == sentence
    assert tone(result) is Tone.YELLOW


def test_every_word_has_its_german() -> None:
    assert set(REASONS) == set(Reason)
    assert set(CONCLUSIONS) == set(Conclusion)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"format": "registratur-signature-report", "version": 99}',
        b'{"format": "registratur-signature-report", "version": 1}',
        b'{"format": "other", "version": 1}',
    ],
)
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(ConfigError):
        from_json(data)
