"""Trusted lists (ETSI TS 119 612): read, verified against the list of lists, imported, dated.

A list is used only when one of the certificates that a verified list of lists names for its
territory signed it; the list of lists itself must be signed by one of the certificates that the
Official Journal announced (they come with pyHanko). What cannot be verified is left out and said.
Remaining risk: the announced certificates age; a store whose lists are overdue says so.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from asn1crypto import x509
from pyhanko.sign.validation.qualified.eutl_parse import (
    latest_known_lotl_tlso_certs,
    ojeu_bootstrap_lotl_tlso_certs,
    parse_lotl_unsafe,
)

from signing.conclusions.conclusion_table import Check
from signing.conclusions.model import TrustedListInfo
from signing.errors import TrustError, UnreadableSignature
from signing.formats.cms.validation_material import STRUCTURE_ERRORS
from signing.formats.xml.safe_parser import ds, parse_xml, text_of
from signing.formats.xml.xades import check_xml_signature

TSL = "{http://uri.etsi.org/02231/v2#}"
OF_LISTS = "http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUlistofthelists"
#: before eIDAS (1 July 2016) these stood for what is "granted" since (Regulation 910/2014 Art. 51)
OLD_STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/"
OLD_GRANTED = ("undersupervision", "supervisionincessation", "accredited")
OWN_TERRITORY = "EU"  #: under which the list of lists names its own signers
NEW_GRANTED = f"{OLD_STATUS}granted"


@dataclass(frozen=True, slots=True)
class TrustedList:
    """A list as read from a file; nothing of it is believed before it is verified."""

    info: TrustedListInfo
    is_list_of_lists: bool
    data: bytes

    def text(self) -> str:
        """The list for the engine, with the statuses of before 2016 in today's words."""
        text = self.data.decode("utf-8")
        for status in OLD_GRANTED:
            for scheme in ("http", "https"):
                old = f"{scheme}{OLD_STATUS.removeprefix('http')}{status}<"
                text = text.replace(old, f"{NEW_GRANTED}<")
        return text


def read_list(data: bytes) -> TrustedList:
    """The head of a list. Raises UnreadableSignature for what is none."""
    root = parse_xml(data)
    scheme = root.find(f"{TSL}SchemeInformation")
    if root.tag != f"{TSL}TrustServiceStatusList" or scheme is None:
        raise UnreadableSignature("this is no trusted list")
    number = text_of(scheme.find(f"{TSL}TSLSequenceNumber"))
    info = TrustedListInfo(
        territory=(text_of(scheme.find(f"{TSL}SchemeTerritory")) or "?").strip().upper()[:10],
        sequence_number=int(number) if number.strip().isdigit() else None,
        issue_date=_time(text_of(scheme.find(f"{TSL}ListIssueDateTime"))),
        next_update=_time(text_of(scheme.find(f"{TSL}NextUpdate/{TSL}dateTime"))),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    kind = text_of(scheme.find(f"{TSL}TSLType")).strip()
    return TrustedList(info, kind == OF_LISTS, data)


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def is_signed_by(found: TrustedList, certificates: Iterable[x509.Certificate]) -> bool:
    """Is the whole list signed, and by the key of one of these certificates?"""
    allowed = {certificate.public_key.sha256 for certificate in certificates}
    try:
        root = parse_xml(found.data)
        (element,) = root.findall(ds("Signature"))
        signature = check_xml_signature(element, lambda name, algorithm: None)
    except (UnreadableSignature, *STRUCTURE_ERRORS):
        return False
    check, references = signature.check, signature.references
    return (
        check.digest is Check.HOLDS
        and check.value is Check.HOLDS
        and references is not None
        and references.covers_root
        and check.certificate is not None
        and check.certificate.public_key.sha256 in allowed
    )


def announced() -> tuple[x509.Certificate, ...]:
    """The signers of the list of lists by the Official Journal: the latest known, and the first
    of the present series; the series before it (2016 to 2019) is no longer taken."""
    return (*latest_known_lotl_tlso_certs(), *ojeu_bootstrap_lotl_tlso_certs(1))


def signers_by_territory(list_of_lists: TrustedList) -> dict[str, tuple[x509.Certificate, ...]]:
    """Whom a verified list of lists names as signers of each territory's list."""
    parsed = parse_lotl_unsafe(list_of_lists.text())
    found: dict[str, tuple[x509.Certificate, ...]] = {}
    for reference in parsed.references:
        territory = reference.territory.upper()
        found[territory] = found.get(territory, ()) + tuple(reference.tlso_certs)
    return found


def verified(
    lists: Iterable[TrustedList], anchors: Iterable[x509.Certificate]
) -> tuple[tuple[TrustedList, ...], tuple[str, ...]]:
    """The youngest verified list of each territory, and a line for each that was left out."""
    lists, anchors = tuple(lists), tuple(anchors)
    good = _good_heads(lists, anchors)
    left_out = [
        _line(one, "nicht von bekannter Stelle signiert")
        for one in lists
        if one.is_list_of_lists and one not in good
    ]
    signers = signers_by_territory(max(good, key=_age)) if good else {}
    chosen: dict[str, TrustedList] = {}
    for one in lists:
        if one.is_list_of_lists:
            continue
        if not is_signed_by(one, signers.get(one.info.territory, ())):
            left_out.append(_line(one, "nicht durch die Liste der Listen bestätigt"))
        elif one.info.territory not in chosen or _age(one) > _age(chosen[one.info.territory]):
            chosen[one.info.territory] = one
    return tuple(chosen[name] for name in sorted(chosen)), tuple(left_out)


def youngest_head(
    lists: Iterable[TrustedList], anchors: Iterable[x509.Certificate]
) -> TrustedList | None:
    """The verified list of lists that counts, where there is one."""
    return max(_good_heads(lists, tuple(anchors)), key=_age, default=None)


def _good_heads(
    lists: Iterable[TrustedList], anchors: Iterable[x509.Certificate]
) -> list[TrustedList]:
    """The lists of lists that are signed by whom the Official Journal announced, or by whom an
    earlier one of them names for itself: so a pivot hands over to the next signers (TS 119 615)."""
    allowed, good = list(anchors), []
    for one in sorted((one for one in lists if one.is_list_of_lists), key=_age):
        if is_signed_by(one, allowed):
            good.append(one)
            allowed += signers_by_territory(one).get(OWN_TERRITORY, ())
    return good


def _age(one: TrustedList) -> tuple[int, str]:
    issued = one.info.issue_date
    return one.info.sequence_number or 0, issued.isoformat() if issued is not None else ""


def _line(one: TrustedList, why: str) -> str:
    number = one.info.sequence_number
    return f"Vertrauensliste {one.info.territory} Nr. {number} nicht verwendet: {why}"


def import_list(folder: Path, source: Path, *, at: datetime) -> TrustedListInfo:
    """Take a list from a file into the store, as ``import_data``."""
    try:
        data = source.read_bytes()
    except OSError as error:
        raise TrustError(f"trusted list {source}: {error}") from None
    return import_data(folder, data, name=str(source), at=at)


def import_data(folder: Path, data: bytes, *, name: str, at: datetime) -> TrustedListInfo:
    """Take a list into the store as a dated snapshot, verified by what the store holds.

    It appears whole or not at all, and never replaces another. Raises TrustError, naming ``name``.
    """
    try:
        found = read_list(data)
    except UnreadableSignature as error:
        raise TrustError(f"trusted list {name}: {error}") from None
    if not _is_confirmed(found, folder):
        raise TrustError(
            f"trusted list {name} ({found.info.territory} {found.info.sequence_number}): its "
            "signature is not confirmed; import the current list of lists (LOTL) first"
        )
    place = folder / "lists" / f"{at:%Y-%m-%d}"
    territory = "LOTL" if found.is_list_of_lists else found.info.territory
    target = place / f"{territory}-{found.info.sequence_number}.xml"
    if target.exists() and target.read_bytes() != data:
        target = target.with_stem(f"{target.stem}-{found.info.sha256[:8]}")
    place.mkdir(parents=True, exist_ok=True)
    _place(target, data)
    return found.info


def _is_confirmed(found: TrustedList, folder: Path) -> bool:
    stored = stored_lists(folder)[0]
    if found.is_list_of_lists:
        return found in _good_heads((*stored, found), announced())
    head = youngest_head(stored, announced())
    if head is None:
        return False
    signers = signers_by_territory(head)
    return is_signed_by(found, signers.get(found.info.territory, ()))


def stored_lists(folder: Path) -> tuple[tuple[TrustedList, ...], tuple[str, ...]]:
    """All lists below ``folder``, and a line for each file that is none."""
    lists, other = [], []
    for path in sorted(folder.rglob("*.xml")):
        if path.name.startswith("."):
            continue
        try:
            lists.append(read_list(path.read_bytes()))
        except UnreadableSignature as error:
            other.append(f"{path.name} nicht verwendet: {error}")
    return tuple(lists), tuple(other)


def _place(target: Path, data: bytes) -> None:
    if target.exists():
        return
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        descriptor = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    finally:
        temporary.unlink(missing_ok=True)
