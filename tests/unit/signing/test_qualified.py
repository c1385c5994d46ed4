"""Every answer about a signature's standing, from lists that are signed and read as real ones are.

One table: what was signed and by which list, then indication, sub-indication, qualification and
the clerk's sentence. None of it changes the conclusion: every file here is intact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from signing.judgement.indications import judge_all
from signing.readers import look_at
from signing.report.interface import Conclusion, SignatureResult, Tone, tone, wording
from signing.trust.trust_folder import Trust
from signing.trust.trust_store import TrustStore, read_store
from tests.unit.signing.make import pdf, signer, write
from tests.unit.signing.own_lists import OwnLists, put
from tests.unit.signing.pki import Pki

AT = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
LATE = datetime(2027, 3, 1, tzinfo=UTC)  #: after the lists' next update
THEN = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)
QES = ("QCStatement", "QCWithQSCD")
SEAL = (*QES, "QCForESeal")
PASSED = "Seit der Signatur unverändert, Zertifikat gültig"
BUT = "Seit der Signatur unverändert, aber: "
SIGNATURE = f"{PASSED}, qualifizierte elektronische Signatur."


@dataclass(frozen=True)
class Case:
    """One row: the file, the list, and what must come out."""

    label: str
    qualifiers: tuple[str, ...]
    answer: tuple[str, str | None, str]
    sentence: str
    stamped: datetime | None = None
    revocation: datetime | None = AT
    at: datetime = AT


CASES = {
    "QES": Case("good", QES, ("TOTAL_PASSED", None, "QESig"), SIGNATURE),
    "QSeal": Case(
        "good",
        SEAL,
        ("TOTAL_PASSED", None, "QESeal"),
        f"{PASSED}, qualifiziertes elektronisches Siegel.",
    ),
    "qualified certificate, no device": Case(
        "good",
        ("QCStatement",),
        ("TOTAL_PASSED", None, "AdESig-QC"),
        f"{PASSED}, fortgeschrittene elektronische Signatur mit qualifiziertem Zertifikat.",
    ),
    "not qualified": Case(
        "good",
        ("NotQualified",),
        ("TOTAL_PASSED", None, "AdESig"),
        f"{PASSED}, fortgeschrittene elektronische Signatur, nicht qualifiziert.",
    ),
    "revoked, no proof of time": Case(
        "revoked",
        QES,
        ("INDETERMINATE", "REVOKED_NO_POE", "not_determined"),
        f"{BUT}Zertifikat widerrufen.",
    ),
    "revoked before the time-stamp": Case(
        "revoked",
        QES,
        ("INDETERMINATE", "REVOKED_NO_POE", "not_determined"),
        f"{BUT}Zertifikat widerrufen.",
        stamped=datetime(2025, 9, 1, tzinfo=UTC),
    ),
    "revoked after the time-stamp": Case(
        "revoked", QES, ("TOTAL_PASSED", None, "QESig"), SIGNATURE, stamped=THEN
    ),
    "expired, no proof of time": Case(
        "short",
        QES,
        ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE", "not_determined"),
        f"{BUT}Zertifikat abgelaufen, und kein Beweis, dass die Signatur vorher bestand.",
    ),
    "expired after the time-stamp": Case(
        "short",
        QES,
        ("TOTAL_PASSED", None, "QESig"),
        SIGNATURE,
        stamped=THEN,
        revocation=THEN,
    ),
    "missing revocation data": Case(
        "good",
        QES,
        ("INDETERMINATE", "TRY_LATER", "not_determined"),
        f"{BUT}Sperrauskunft fehlt.",
        revocation=None,
    ),
    "list overdue": Case(
        "good",
        QES,
        ("TOTAL_PASSED", None, "not_determined"),
        f"{PASSED}, Qualifikation nicht feststellbar (Vertrauensliste überfällig).",
        revocation=LATE,
        at=LATE,
    ),
}


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def own() -> OwnLists:
    return OwnLists(signer("Liste der Listen"), signer("Bundesnetzagentur (Test)"))


def store_of(own: OwnLists, folder: Path, *lists: bytes) -> TrustStore:
    assert own.head.signing_cert is not None
    return read_store(Trust(put(folder, *lists)), (own.head.signing_cert,))


def national(own: OwnLists, pki: Pki, qualifiers: tuple[str, ...]) -> bytes:
    return own.national(pki.cert("ca"), pki.cert("root"), *qualifiers)


def judged(
    data: bytes, folder: Path, store: TrustStore, at: datetime = AT, field: str = "Unterschrift"
) -> SignatureResult:
    path = write(folder, "letter.pdf", data)
    results = judge_all(look_at(path, ()).looked, store, at)
    (result,) = [one for one in results if one.field == field]
    assert result.conclusion is Conclusion.INTACT
    return result


def sentence(result: SignatureResult) -> str:
    """The clerk's sentence, without the mention of the security store that came later."""
    text = wording(result).replace(" bis auf zulässige Ergänzungen", "")
    return text.replace(" Spätere zulässige Ergänzungen sind enthalten.", "")


@pytest.mark.parametrize("name", CASES)
def test_the_table(name: str, pki: Pki, own: OwnLists, tmp_path: Path) -> None:
    case = CASES[name]
    store = store_of(
        own, tmp_path / "trust", own.list_of_lists(), national(own, pki, case.qualifiers)
    )
    data = pki.sign(pdf(), case.label, stamped=case.stamped)
    if case.revocation is not None:
        data = pki.store(data, case.revocation)
    result = judged(data, tmp_path, store, case.at)
    answer = (result.indication.value, result.sub_indication, result.qualification)
    assert answer == case.answer, result.indication_reason
    assert sentence(result) == case.sentence
    assert (tone(result) is Tone.GREEN) == (case.answer[0] == "TOTAL_PASSED")
    if case.stamped is not None:
        assert [stamp.qualified for stamp in result.timestamps if stamp.trusted] == [True]
    if case.answer[0] == "TOTAL_PASSED":
        assert result.trusted_list is not None
        assert (result.trusted_list.territory, result.trusted_list.sequence_number) == ("DE", 7)


@pytest.mark.parametrize(
    ("at", "answer", "words"),
    [
        (AT, "QTSA", f"{PASSED}, qualifizierter Zeitstempel."),
        (
            LATE,
            "not_determined",
            f"{PASSED}, Qualifikation nicht feststellbar (Vertrauensliste überfällig).",
        ),
    ],
)
def test_a_qualified_time_stamp(
    pki: Pki, own: OwnLists, tmp_path: Path, at: datetime, answer: str, words: str
) -> None:
    store = store_of(own, tmp_path / "trust", own.list_of_lists(), national(own, pki, QES))
    data = pki.store(pki.stamp(pdf(), THEN), at)
    result = judged(data, tmp_path, store, at, "Stempel")
    assert (result.indication.value, result.sub_indication) == ("TOTAL_PASSED", None)
    assert result.qualification == answer
    assert sentence(result) == words


def test_a_time_stamp_of_a_service_that_is_not_listed(
    pki: Pki, own: OwnLists, tmp_path: Path
) -> None:
    stranger = Pki(tmp_path / "stranger")
    listed = own.national(pki.cert("ca"), stranger.cert("root"), *QES)
    folder = pki.trust(tmp_path / "trust")
    store = store_of(own, folder, own.list_of_lists(), listed)
    result = judged(pki.store(pki.stamp(pdf(), THEN), AT), tmp_path, store, AT, "Stempel")
    assert (result.indication.value, result.qualification) == ("TOTAL_PASSED", "TSA")
    assert sentence(result) == f"{PASSED}, Zeitstempel, nicht qualifiziert."


def test_an_unknown_authority(pki: Pki, own: OwnLists, tmp_path: Path) -> None:
    stranger = Pki(tmp_path / "stranger")
    store = store_of(own, tmp_path / "trust", own.list_of_lists(), national(own, stranger, QES))
    result = judged(pki.store(pki.sign(pdf(), "good"), AT), tmp_path, store)
    answer = (result.indication.value, result.sub_indication, result.qualification)
    assert answer == ("INDETERMINATE", "NO_CERTIFICATE_CHAIN_FOUND", "not_determined")
    assert sentence(result) == (
        f"{BUT}Aussteller des Zertifikats hier nicht als vertrauenswürdig bekannt."
    )
    assert store.warnings(AT) == ()


@pytest.mark.parametrize("authority", ["root", "ca"])
def test_a_time_stamp_service_is_no_authority_for_signatures(
    pki: Pki, own: OwnLists, tmp_path: Path, authority: str
) -> None:
    stranger = Pki(tmp_path / "stranger")
    listed = own.national(stranger.cert("ca"), pki.cert(authority), *QES)
    store = store_of(own, tmp_path / "trust", own.list_of_lists(), listed)
    result = judged(pki.store(pki.sign(pdf(), "good"), AT), tmp_path, store)
    assert result.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"


def test_a_list_whose_signature_is_broken(pki: Pki, own: OwnLists, tmp_path: Path) -> None:
    """It is left out and said; nobody is trusted by it."""
    data = national(own, pki, QES)
    broken = data.replace(b"2016-07-01", b"2016-07-02")
    assert broken != data
    store = store_of(own, tmp_path / "trust", own.list_of_lists(), broken)
    result = judged(pki.store(pki.sign(pdf(), "good"), AT), tmp_path, store)
    assert (result.indication.value, result.sub_indication, result.qualification) == (
        "INDETERMINATE",
        "NO_CERTIFICATE_CHAIN_FOUND",
        "not_assessed",
    )
    assert store.warnings(AT) == (
        "Vertrauensliste DE Nr. 7 nicht verwendet: nicht durch die Liste der Listen bestätigt",
    )


def test_a_list_of_lists_that_a_stranger_signed(pki: Pki, own: OwnLists, tmp_path: Path) -> None:
    other = OwnLists(signer("Fremd"), own.german)
    store = store_of(own, tmp_path / "trust", other.list_of_lists(), national(own, pki, QES))
    assert store.services == () and store.head is None
    assert len(store.warnings(AT)) == 2


def test_an_overdue_list_of_lists_is_said(pki: Pki, own: OwnLists, tmp_path: Path) -> None:
    head = own.list_of_lists(next_update="2026-03-01T00:00:00Z")
    store = store_of(own, tmp_path / "trust", head, national(own, pki, QES))
    (line,) = store.warnings(AT)
    assert line.startswith("Liste der Vertrauenslisten (LOTL) Nr. 3 ist überfällig")
    assert "01.03.2026" in line
