"""The name that a sender gives a file arrives, however the sender's program writes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.upload import names_of
from tests.unit.api.building import House
from tests.unit.api.conftest import Calls

NAMES = [
    (b'filename="Pr\xc3\xbcf.pdf"', "Prüf.pdf"),
    (b"filename*=utf-8''Pr%C3%BCf.pdf", "Prüf.pdf"),
    (b"filename*=UTF-8'de'Pr%C3%BCf.pdf", "Prüf.pdf"),
    (b"filename*=iso-8859-1''Pr%FCf.pdf", "Prüf.pdf"),
    (b"FILENAME*=utf-8''Pr%C3%BCf.pdf", "Prüf.pdf"),
    (b"filename*=\"utf-8''Pr%C3%BCf.pdf\"", "Prüf.pdf"),
    (b"filename=\"x.pdf\"; filename*=utf-8''Pr%C3%BCf.pdf", "Prüf.pdf"),
    (b"filename*=utf-8''Pr%C3%BCf.pdf; filename=\"x.pdf\"", "Prüf.pdf"),
    (
        b"filename=\"=?utf-8?B?UHLDvGZiZXJpY2h0LnBkZg==?=\"; filename*=utf-8''Pr%C3%BCfbericht.pdf",
        "Prüfbericht.pdf",
    ),
    (b'filename="=?utf-8?B?UHLDvGZiZXJpY2h0LnBkZg==?="', "Prüfbericht.pdf"),
    (b'filename="=?iso-8859-1?Q?Pr=FCf.pdf?="', "Prüf.pdf"),
    (b'filename="=?utf-8?Q?Pr=C3=BC?= =?utf-8?Q?f.pdf?="', "Prüf.pdf"),
    (b"filename*0*=utf-8''Pr%C3%BC; filename*1*=f.pdf", "Prüf.pdf"),
    (b'filename="=?nix-1?B?eA==?=.pdf"', "=?nix-1?B?eA==?=.pdf"),
    (b'filename="=?utf-8?B?x?="', "=?utf-8?B?x?="),
    (b'filename="a;b=c.pdf"', "a;b=c.pdf"),
    (b'filename="a\\"b.pdf"', 'a"b.pdf'),
    (b"filename=schlicht.pdf", "schlicht.pdf"),
    (b"filename*=utf-8''", ""),
    (b'filename=""', ""),
    (b"filename*=utf-8''a%00b.pdf", "a\ufffdb.pdf"),
]


@pytest.mark.parametrize(("given_as", "name"), NAMES)
def test_a_name_is_read_as_it_was_meant(given_as: bytes, name: str) -> None:
    assert names_of(b'form-data; name="file"; ' + given_as) == ("file", name)


def test_a_field_is_no_file() -> None:
    assert names_of(b'form-data; name="reason"') == ("reason", None)


@given(st.binary(max_size=200))
def test_no_header_breaks_it(value: bytes) -> None:
    field, name = names_of(value)
    assert field.isprintable() and (name or "").isprintable()


@given(
    st.text(st.sampled_from("=?'\"%*;utf-8bqBQ12 \\äé\x00fn"), max_size=60),
    st.sampled_from(["filename", "filename*", "filename*0", "filename*0*", "filename*1*", "name*"]),
)
def test_no_name_breaks_it(value: str, parameter: str) -> None:
    names_of(f"form-data; name=file; {parameter}={value}".encode())
    names_of(f'form-data; name=file; {parameter}="{value}"'.encode())


@pytest.mark.parametrize(("given_as", "name"), NAMES[1:10:4])
def test_the_file_arrives_under_it(house: House, calls: Calls, given_as: bytes, name: str) -> None:
    body = b'--X\r\nContent-Disposition: form-data; name="file"; ' + given_as
    body += b"\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.4 probe\r\n--X--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=X"}
    answer = calls("poststelle").post("/api/v1/items", content=body, headers=headers)
    assert (answer.status_code, answer.json()["source"]) == (201, name)


def test_no_name_is_a_path(house: House, calls: Calls) -> None:
    body = b"--X\r\nContent-Disposition: form-data; name=\"file\"; filename*=utf-8''..%2F..%5Cetc%2Fp.pdf"
    body += b"\r\n\r\n%PDF-1.4 probe\r\n--X--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=X"}
    answer = calls("poststelle").post("/api/v1/items", content=body, headers=headers)
    assert (answer.status_code, answer.json()["source"]) == (201, "p.pdf")
