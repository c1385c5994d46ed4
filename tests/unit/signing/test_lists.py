"""Trusted lists: verified or left out, dated, old statuses, and what follows for qualification."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import x509
from pyhanko.sign.validation.qualified.eutl_parse import (
    latest_known_lotl_tlso_certs,
    ojeu_bootstrap_lotl_tlso_certs,
    trust_list_to_registry_unsafe,
)
from pyhanko.sign.validation.qualified.tsp import TSPTrustManager

from signing.errors import TrustError, UnreadableSignature
from signing.judgement.indications import judge_all
from signing.readers import look_at
from signing.report.interface import Indication, SignatureResult
from signing.trust.trust_folder import Trust
from signing.trust.trust_store import ListedServices, TrustStore, load_store
from signing.trust.trusted_lists import (
    announced,
    import_list,
    is_signed_by,
    read_list,
    signers_by_territory,
    stored_lists,
    verified,
)
from tests.unit.signing.make import pdf, write
from tests.unit.signing.pki import Pki

AT = datetime(2026, 6, 20, tzinfo=UTC)


@pytest.fixture
def lists(shared_data: Path) -> Path:
    return shared_data / "trustlists"


def test_every_list_can_be_read(lists: Path) -> None:
    for path in sorted(lists.glob("*.xml")):
        found = read_list(path.read_bytes())
        assert found.is_list_of_lists == ("lotl" in path.name)
        assert found.info.sequence_number
        assert found.info.issue_date is not None and found.info.next_update is not None


def test_who_may_sign_the_list_of_lists(lists: Path) -> None:
    found = read_list((lists / "eu-lotl.xml").read_bytes())
    assert is_signed_by(found, latest_known_lotl_tlso_certs())
    assert is_signed_by(found, ojeu_bootstrap_lotl_tlso_certs(1))
    assert not is_signed_by(found, ojeu_bootstrap_lotl_tlso_certs(0))
    assert not is_signed_by(found, ())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<TSLSequenceNumber>388", b"<TSLSequenceNumber>389"),
        (b"<SchemeTerritory>DE", b"<SchemeTerritory>XX"),
        (b"tl.bundesnetzagentur.de", b"tl.bundesnetzagentur.xx"),
        (b"</TrustServiceStatusList>", b"<Evil/></TrustServiceStatusList>"),
    ],
)
def test_a_changed_list_is_not_signed(lists: Path, old: bytes, new: bytes) -> None:
    data = (lists / "eu-lotl.xml").read_bytes()
    changed = data.replace(old, new, 1)
    assert changed != data
    assert not is_signed_by(read_list(changed), announced())


def test_national_lists_are_confirmed_by_the_list_of_lists(lists: Path) -> None:
    head = read_list((lists / "eu-lotl.xml").read_bytes())
    signers = signers_by_territory(head)
    assert {"DE", "BE", "EE"} <= set(signers)
    belgian = read_list((lists / "tsl-be-v6.xml").read_bytes())
    assert is_signed_by(belgian, signers["BE"])
    assert not is_signed_by(belgian, signers["DE"])


def test_the_youngest_of_a_territory_counts(lists: Path) -> None:
    found, _ = stored_lists(lists)
    good, left_out = verified(found, announced())
    numbers = {one.info.territory: one.info.sequence_number for one in good}
    assert numbers["BE"] == 81 and numbers["EE"] == 68
    assert any("EL" in line for line in left_out)


def test_nothing_is_believed_without_a_list_of_lists(lists: Path) -> None:
    belgian = read_list((lists / "tsl-be-v6.xml").read_bytes())
    good, left_out = verified([belgian], announced())
    assert good == () and len(left_out) == 1


def test_import_makes_a_dated_snapshot(lists: Path, tmp_path: Path) -> None:
    store = tmp_path / "trust"
    store.mkdir()
    with pytest.raises(TrustError, match="LOTL"):
        import_list(store, lists / "tsl-be-v6.xml", at=AT)
    import_list(store, lists / "eu-lotl.xml", at=AT)
    info = import_list(store, lists / "tsl-be-v6.xml", at=AT)
    assert (info.territory, info.sequence_number) == ("BE", 81)
    names = sorted(str(p.relative_to(store)) for p in store.rglob("*.xml"))
    assert names == ["lists/2026-06-20/BE-81.xml", "lists/2026-06-20/LOTL-388.xml"]
    loaded = load_store(Trust(store))
    assert [one.territory for one in loaded.lists] == ["BE"]
    assert loaded.warnings(AT) == ()


def test_an_unsigned_list_of_lists_is_refused(lists: Path, tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="not confirmed"):
        import_list(tmp_path, lists / "eu-lotl-pivot-335.xml", at=AT)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("data", [b"", b"<a/>", b"no xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a/>'])
def test_what_is_no_list_is_refused(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UnreadableSignature):
        read_list(data)
    with pytest.raises(TrustError, match=r"x\.xml"):
        import_list(tmp_path, write(tmp_path, "x.xml", data), at=AT)


def test_an_overdue_list_is_said(lists: Path, tmp_path: Path) -> None:
    for name in ("eu-lotl.xml", "tsl-be-v6.xml"):
        (tmp_path / name).write_bytes((lists / name).read_bytes())
    store = load_store(Trust(tmp_path))
    later = datetime(2027, 3, 1, tzinfo=UTC)
    belgian, head = store.warnings(later)
    assert "BE Nr. 81 ist überfällig" in belgian
    assert "(LOTL) Nr. 388 ist überfällig" in head


SERVICE = """<?xml version="1.0" encoding="UTF-8"?>
<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#"
 xmlns:q="http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#"
 TSLTag="http://uri.etsi.org/19612/TSLTag"><SchemeInformation>
<TSLVersionIdentifier>5</TSLVersionIdentifier><TSLSequenceNumber>7</TSLSequenceNumber>
<TSLType>http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric</TSLType>
<SchemeTerritory>DE</SchemeTerritory>
<ListIssueDateTime>2026-01-01T00:00:00Z</ListIssueDateTime>
<NextUpdate><dateTime>2026-12-01T00:00:00Z</dateTime></NextUpdate></SchemeInformation>
<TrustServiceProviderList><TrustServiceProvider><TSPInformation/><TSPServices>
<TSPService><ServiceInformation>
<ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/CA/QC</ServiceTypeIdentifier>
<ServiceName><Name xml:lang="en">Testaussteller</Name></ServiceName>
<ServiceDigitalIdentity><DigitalId><X509Certificate>{certificate}</X509Certificate></DigitalId>
</ServiceDigitalIdentity>
<ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/{status}</ServiceStatus>
<StatusStartingTime>{since}</StatusStartingTime>
<ServiceInformationExtensions><Extension Critical="true"><q:Qualifications>
<q:QualificationElement><q:Qualifiers>{qualifiers}</q:Qualifiers>
<q:CriteriaList assert="all"><q:KeyUsage>
<q:KeyUsageBit name="nonRepudiation">true</q:KeyUsageBit></q:KeyUsage></q:CriteriaList>
</q:QualificationElement></q:Qualifications></Extension></ServiceInformationExtensions>
</ServiceInformation></TSPService>
</TSPServices></TrustServiceProvider></TrustServiceProviderList></TrustServiceStatusList>"""


def store_of(
    ca: x509.Certificate,
    *qualifiers: str,
    status: str = "granted",
    since: str = "2016-07-01T00:00:00Z",
) -> TrustStore:
    """A store whose only list names ``ca``; signed by nobody, so not loaded but made."""
    base = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/"
    data = SERVICE.format(
        certificate=base64.b64encode(ca.dump()).decode(),
        status=status,
        since=since,
        qualifiers="".join(f'<q:Qualifier uri="{base}{name}"/>' for name in qualifiers),
    ).encode()
    one = read_list(data)
    registry, errors = trust_list_to_registry_unsafe(one.text())
    assert errors == []
    return TrustStore(TSPTrustManager(registry), services=(ListedServices(one.info, registry),))


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(tmp_path_factory.mktemp("pki"))


def judged(pki: Pki, folder: Path, store: TrustStore, at: datetime = AT) -> SignatureResult:
    path = write(folder, "letter.pdf", pki.store(pki.sign(pdf(), "good"), at))
    (result,) = judge_all(look_at(path, ()).looked, store, at)
    return result


@pytest.mark.parametrize(
    ("qualifiers", "label"),
    [
        (("QCStatement", "QCWithQSCD"), "QESig"),
        (("QCStatement", "QCWithQSCD", "QCForESeal"), "QESeal"),
        (("QCStatement",), "AdESig-QC"),
        (("QCStatement", "QCNoQSCD"), "AdESig-QC"),
        (("NotQualified",), "AdESig"),
    ],
)
def test_the_qualification_follows_the_list(
    pki: Pki, tmp_path: Path, qualifiers: tuple[str, ...], label: str
) -> None:
    result = judged(pki, tmp_path, store_of(pki.cert("ca"), *qualifiers))
    assert result.indication is Indication.TOTAL_PASSED
    assert result.qualification == label
    assert result.trusted_list is not None
    assert (result.trusted_list.territory, result.trusted_list.sequence_number) == ("DE", 7)
    assert result.trusted_list.sha256


@pytest.mark.parametrize("status", ["undersupervision", "accredited", "supervisionincessation"])
def test_statuses_from_before_eidas_count(pki: Pki, tmp_path: Path, status: str) -> None:
    store = store_of(
        pki.cert("ca"), "QCStatement", "QCWithSSCD", status=status, since="2014-01-01T00:00:00Z"
    )
    assert judged(pki, tmp_path, store).qualification == "QESig"


def test_an_overdue_list_leaves_the_qualification_open(pki: Pki, tmp_path: Path) -> None:
    store = store_of(pki.cert("ca"), "QCStatement", "QCWithQSCD")
    late = datetime(2027, 3, 1, tzinfo=UTC)
    result = judged(pki, tmp_path, store, late)
    assert result.indication is Indication.TOTAL_PASSED
    assert (result.qualification, result.qualification_reason) == (
        "not_determined",
        "the trusted list is overdue",
    )


def test_a_chain_that_is_open_leaves_the_qualification_open(pki: Pki, tmp_path: Path) -> None:
    other = Pki(tmp_path / "other")
    result = judged(pki, tmp_path, store_of(other.cert("ca"), "QCStatement"))
    assert result.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"
    assert result.qualification == "not_determined"
