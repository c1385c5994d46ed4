"""What a zip is by the names in it: none that tells of a signature is passed over."""

from __future__ import annotations

import pytest

from config import filekind
from config.filekind import FileKind, kind_of_data, signed_members

ZIP = b"PK\x03\x04" + b"\0" * 26


@pytest.mark.parametrize(
    ("name", "form"),
    [
        (b"META-INF/signature.p7s", "asic"),
        (b"meta-inf/SIGNATURES001.XML", "asic"),
        (b"META-INF\\x.tst", "asic"),
        (b"META-INF/ASiCArchiveManifest1.xml", "asic"),
        (b"META-INF/evidencerecord.ers", "asic"),
        (b"META-INF/" + b"a" * 190 + b".p7m", "asic"),
        (b"META-INF/META-INF/signature.p7s", "asic"),
        (b"META-INF/documentsignatures.xml", "odf"),
        (b"_xmlsignatures/sig1.xml", "ooxml"),
        (b"META-INF/manifest.xml", None),
        (b"META-INF/container.xml", None),
        (b"META-INF/more/signature.p7s", None),
        (b"META_INF/signature.p7s", None),
        (b"INF/signature.p7s", None),
    ],
)
def test_the_form_of_signatures_by_the_names_in_a_zip(name: bytes, form: str | None) -> None:
    assert signed_members(ZIP + name + b"\0data") == form


def test_a_name_behind_many_others_is_found() -> None:
    many = b"".join(b"META-INF/%d.txt\0" % number for number in range(20_000))
    assert kind_of_data(ZIP + many) is FileKind.OTHER
    assert kind_of_data(ZIP + many + b"META-INF/signature.p7s\0") is FileKind.ASIC


def test_more_names_than_are_looked_at_hide_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filekind, "MOST_NAMES", 100)
    assert signed_members(ZIP + b"META-INF/a\0" * 99) is None
    assert signed_members(ZIP + b"META-INF/a\0" * 101) == "asic"
