"""BER and DER: what is DER stays as it is, what is not becomes so, nothing hangs or crashes."""

from __future__ import annotations

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from config.der import definite, der, encode, read
from signing.errors import UnreadableSignature


def tlv(draw_depth: int = 3) -> st.SearchStrategy[bytes]:
    leaves = st.builds(
        lambda tag, body: encode(bytes([tag]), body),
        st.sampled_from([0x02, 0x04, 0x05, 0x06, 0x0C, 0x80, 0x87]),
        st.binary(max_size=300),
    )
    return st.recursive(
        leaves,
        lambda inner: st.builds(
            lambda tag, parts: encode(bytes([tag]), b"".join(parts)),
            st.sampled_from([0x30, 0x31, 0xA0, 0xA3]),
            st.lists(inner, max_size=5),
        ),
        max_leaves=20,
    )


@given(tlv())
def test_definite_leaves_definite_bytes_alone(data: bytes) -> None:
    assert definite(data) == data


@given(tlv())
def test_der_is_stable_and_sorts_sets_alone(data: bytes) -> None:
    once = der(data)
    assert der(once) == once
    assert len(once) == len(data)


@given(tlv())
def test_indefinite_lengths_become_definite(data: bytes) -> None:
    assert definite(b"\x30\x80" + data + b"\0\0") == encode(b"\x30", data)


def test_a_string_in_pieces_becomes_one() -> None:
    pieces = b"\x24\x80" + core.OctetString(b"ab").dump() + core.OctetString(b"c").dump() + b"\0\0"
    assert definite(pieces) == core.OctetString(b"abc").dump()
    assert der(pieces) == core.OctetString(b"abc").dump()


def test_sets_are_sorted_and_true_is_ff() -> None:
    assert der(b"\x31\x06\x02\x01\x05\x01\x01\x01") == b"\x31\x06\x01\x01\xff\x02\x01\x05"


def test_long_forms_become_short() -> None:
    assert der(b"\x04\x83\x00\x00\x01a") == b"\x04\x01a"


@pytest.mark.parametrize(
    "data",
    [b"", b"\x30", b"\x30\x05\x02", b"\x30\x80" * 200, b"\x04\x80\0\0", b"\x30\x89" + b"\xff" * 9],
)
def test_what_is_no_asn1_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableSignature):
        definite(data)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for convert in (definite, der):
        try:
            result = convert(data)
        except UnreadableSignature:
            continue
        assert read(result).after == len(result)
