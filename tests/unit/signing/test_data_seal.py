"""A detached seal over bytes: holds over them and nothing else, by the expected key alone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.sealing.seal import verify_data_seal
from signing.sealing.seal_pkcs12 import Pkcs12Sealer, create_trial_key, open_sealer


@pytest.fixture(scope="module")
def sealer(tmp_path_factory: pytest.TempPathFactory) -> Pkcs12Sealer:
    path = tmp_path_factory.mktemp("key") / "trial.p12"
    create_trial_key(path, "secret", county="Kreis Beispiel", at=datetime(2026, 1, 1, tzinfo=UTC))
    return open_sealer(path, "secret")


def test_holds_over_the_very_bytes(sealer: Pkcs12Sealer) -> None:
    seal = sealer.seal_data(b"note", subject="x")
    assert verify_data_seal(b"note", seal, frozenset({sealer.certificate_sha256})) == "ok"
    assert verify_data_seal(b"Note", seal, frozenset({sealer.certificate_sha256})) == "broken"
    assert verify_data_seal(b"note", seal, frozenset({"0" * 64})) == "broken"
    assert verify_data_seal(b"note", seal, frozenset()) == "broken"


@settings(max_examples=30)
@given(place=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_no_changed_byte_of_the_signature_value_holds(
    sealer: Pkcs12Sealer, place: int, flip: int
) -> None:
    seal = bytearray(sealer.seal_data(b"note", subject="x"))
    tail = len(seal) - 40 + place % 40  # inside the value, which closes the message
    seal[tail] ^= flip
    expected = frozenset({sealer.certificate_sha256})
    assert verify_data_seal(b"note", bytes(seal), expected) == "broken"
