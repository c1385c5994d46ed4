"""A signature is judged by what is shown beside it: not by a content that it brings itself, and not
by a good copy under another name."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from pyhanko.sign.signers import SimpleSigner

from signing.report.interface import Conclusion, Reason, SignatureReport
from signing.validate import validate_file
from tests.unit.signing.make import AT, cms, signer, write
from tests.unit.signing.test_mail_forms import zipped
from tests.unit.signing.test_mail_scope import FORGED, GOOD, HEAD, attached, look, mixed, signed


@pytest.fixture(scope="module")
def by() -> SimpleSigner:
    return signer()


def opaque_part(by: SimpleSigner, content: bytes) -> bytes:
    """The place of a detached signature, with a message that holds ``content``."""
    return (
        b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(cms(content, by, detached=False)).strip()
    )


def on_disk(folder: Path, name: str, data: bytes, beside: dict[str, bytes]) -> SignatureReport:
    for other, content in beside.items():
        write(folder, other, content)
    return validate_file(write(folder, name, data), (), AT, None, name)


# ------------------------------------------------------------------ content of its own


def test_a_mail_s_signature_over_its_own_content_says_nothing_of_the_part(
    by: SimpleSigner, tmp_path: Path
) -> None:
    """RFC 8551 3.5.3.1: there is no content in it."""
    report = look(tmp_path, HEAD + signed(b"B", FORGED, opaque_part(by, GOOD)))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.ENCAPSULATED_CONTENT in report.reasons


def test_a_mail_s_signature_that_repeats_the_part_is_read_leniently(
    by: SimpleSigner, tmp_path: Path
) -> None:
    report = look(tmp_path, HEAD + signed(b"B", GOOD, opaque_part(by, GOOD)))
    assert report.conclusion is Conclusion.INTACT
    assert Reason.READ_LENIENTLY in report.reasons


@pytest.mark.parametrize("name", ["b.txt.p7s", "b.p7s", "b.txt.p7m"])
@pytest.mark.parametrize("where", ["mail", "zip", "disk"])
def test_a_file_beside_a_signature_with_another_content_is_not_vouched_for(
    name: str, where: str, by: SimpleSigner, tmp_path: Path
) -> None:
    for shown, conclusion in ((b"9999", Conclusion.INDETERMINATE), (b"100", Conclusion.INTACT)):
        message = cms(b"100", by, detached=False)
        if where == "disk":
            report = on_disk(tmp_path, name, message, {"b.txt": shown})
        elif where == "zip":
            archive = zipped("b.txt", shown, {name: message})
            report = look(tmp_path, mixed(attached(b"x.zip", archive)))
        else:
            files = (attached(b"b.txt", shown), attached(name.encode(), message))
            report = look(tmp_path, mixed(*files))
        assert report.conclusion is conclusion
        assert (Reason.ENCAPSULATED_CONTENT in report.reasons) == (shown == b"9999")


def test_a_signed_message_beside_a_file_of_a_like_name_is_one_by_itself(
    by: SimpleSigner, tmp_path: Path
) -> None:
    """``brief.p7m`` brings its own content and does not claim ``brief.docx``."""
    report = on_disk(tmp_path, "brief.p7m", cms(b"100", by, detached=False), {"brief.docx": b"x"})
    assert report.conclusion is Conclusion.INTACT


# ------------------------------------------------------------------ a good copy


def test_a_changed_file_is_broken_whatever_good_copies_lie_beside(
    by: SimpleSigner, tmp_path: Path
) -> None:
    signature, good, changed = cms(b"100", by, detached=True), b"100", b"9999"
    in_mail = mixed(
        attached(b"b.txt", changed), attached(b"old.txt", good), attached(b"b.txt.p7s", signature)
    )
    assert look(tmp_path, in_mail).conclusion is Conclusion.BROKEN
    archive = zipped("b.txt", changed, {"c/old.txt": good, "b.txt.p7s": signature})
    assert look(tmp_path, mixed(attached(b"x.zip", archive))).conclusion is Conclusion.BROKEN
    beside = {"b.txt": changed, "old.txt": good}
    path = write(tmp_path, "b.txt.p7s", signature)
    for name, content in beside.items():
        write(tmp_path, name, content)
    report = validate_file(path, (tmp_path,), AT, None, "b.txt.p7s")
    assert report.conclusion is Conclusion.BROKEN


@pytest.mark.parametrize("name", [b"_b.txt", b"b~1.txt", "Stra\u00dfe.txt".encode()])
def test_odd_names_are_matched_like_others(name: bytes, by: SimpleSigner, tmp_path: Path) -> None:
    signature = attached(name + b".p7s", cms(b"100", by, detached=True))
    copy = attached(b"old.txt", b"100")
    report = look(tmp_path, mixed(attached(name, b"9999"), copy, signature))
    assert report.conclusion is Conclusion.BROKEN


def test_of_two_files_of_the_claimed_name_one_is_not_signed(
    by: SimpleSigner, tmp_path: Path
) -> None:
    files = [attached(b"b.txt", each) for each in (b"9999", b"100")]
    signature = attached(b"b.txt.p7s", cms(b"100", by, detached=True))
    report = look(tmp_path, mixed(*files, signature))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.PART_NOT_COVERED in report.reasons
    twice = look(tmp_path, mixed(files[1], files[1], signature))
    assert twice.conclusion is Conclusion.INTACT


def test_each_folder_of_a_zip_has_its_own_files(by: SimpleSigner, tmp_path: Path) -> None:
    more = {}
    for year in ("2024", "2025"):
        more[f"{year}/b.txt"] = year.encode()
        more[f"{year}/b.txt.p7s"] = cms(year.encode(), by, detached=True)
    archive = zipped("readme.txt", b"x", more)
    assert look(tmp_path, mixed(attached(b"x.zip", archive))).conclusion is Conclusion.INTACT
    more["2025/b.txt"] = b"2024"
    archive = zipped("readme.txt", b"x", more)
    assert look(tmp_path, mixed(attached(b"x.zip", archive))).conclusion is Conclusion.BROKEN


def test_a_file_found_by_its_digest_alone_is_named(by: SimpleSigner, tmp_path: Path) -> None:
    signature = attached(b"b.txt.p7s", cms(b"100", by, detached=True))
    report = look(tmp_path, mixed(attached(b"renamed.txt", b"100"), signature))
    assert report.conclusion is Conclusion.INTACT
    assert any("renamed.txt" in warning for warning in report.warnings)


def test_a_file_that_a_like_name_does_not_claim_is_doubtful(
    by: SimpleSigner, tmp_path: Path
) -> None:
    signature = attached(b"b.p7s", cms(b"100", by, detached=True))
    files = attached(b"b.txt", b"9999"), attached(b"old.txt", b"100")
    report = look(tmp_path, mixed(*files, signature))
    assert report.conclusion is Conclusion.INDETERMINATE
    assert Reason.CONTENT_BY_DIGEST in report.reasons
