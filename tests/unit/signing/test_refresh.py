"""Keeping the store up to date: handed-over signers, what is fetched, and from nowhere else."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.sign.validation.qualified.eutl_parse import parse_lotl_unsafe

from config.errors import Unavailable
from signing.errors import TrustError
from signing.trust.https_fetcher import HttpsFetcher, Limits, check_address
from signing.trust.list_refresh import refresh
from signing.trust.trust_folder import Trust
from signing.trust.trust_state import state_of
from signing.trust.trusted_lists import import_data, import_list, read_list, verified, youngest_head
from tests.unit.signing.make import signer
from tests.unit.signing.own_lists import OwnLists
from tests.unit.signing.pki import Pki

AT = datetime(2026, 6, 20, tzinfo=UTC)
HEAD = "https://ec.europa.eu/tools/lotl/eu-lotl.xml"


@pytest.fixture
def lists(shared_data: Path) -> Path:
    return shared_data / "trustlists"


@dataclass(frozen=True)
class Given:
    """A network that has what it is given."""

    files: Mapping[str, bytes]

    def get(self, url: str) -> bytes:
        if url not in self.files:
            raise Unavailable(f"{url}: nicht erreichbar")
        return self.files[url]


def places(lists: Path) -> dict[str, str]:
    """Where the real list of lists says that the lists lie."""
    parsed = parse_lotl_unsafe((lists / "eu-lotl.xml").read_text("utf-8"))
    return {one.territory: one.location_uri for one in parsed.references}


def network(lists: Path) -> Given:
    at = places(lists)
    return Given(
        {
            HEAD: (lists / "eu-lotl.xml").read_bytes(),
            at["BE"]: (lists / "tsl-be-v6.xml").read_bytes(),
            at["EE"]: (lists / "tsl-ee.xml").read_bytes(),
        }
    )


def test_lists_are_fetched_verified_and_kept(lists: Path, tmp_path: Path) -> None:
    wanted = ("BE", "EE", "DE", "XX")
    results = refresh(tmp_path, network(lists), url=HEAD, territories=wanted, at=AT)
    outcome = {one.name: one.outcome for one in results}
    assert outcome == {"LOTL": "new", "BE": "new", "EE": "new", "DE": "failed", "XX": "failed"}
    names = sorted(path.name for path in tmp_path.rglob("*.xml"))
    assert names == ["BE-81.xml", "EE-68.xml", "LOTL-388.xml"]
    again = refresh(tmp_path, network(lists), url=HEAD, territories=("BE",), at=AT)
    assert [one.outcome for one in again] == ["same", "same"]


def test_a_list_under_another_name_is_not_taken_for_it(lists: Path, tmp_path: Path) -> None:
    files = dict(network(lists).files)
    files[places(lists)["BE"]] = (lists / "tsl-ee.xml").read_bytes()
    results = refresh(tmp_path, Given(files), url=HEAD, territories=("BE",), at=AT)
    assert [one.outcome for one in results] == ["new", "failed"]
    assert "ist die Liste von EE" in results[1].text


@pytest.mark.parametrize("head", [b"", b"<a/>", b"\xff", b"<TrustServiceStatusList/>"])
def test_what_is_no_list_leaves_the_store_alone(tmp_path: Path, head: bytes) -> None:
    results = refresh(tmp_path, Given({HEAD: head}), url=HEAD, territories=(), at=AT)
    assert [one.outcome for one in results] == ["failed"]
    assert list(tmp_path.iterdir()) == []


def test_a_forged_head_is_refused(lists: Path, tmp_path: Path) -> None:
    data = (lists / "eu-lotl.xml").read_bytes()
    forged = data.replace(b"tl.bundesnetzagentur.de", b"tl.bundesnetzagentur.xx", 1)
    results = refresh(tmp_path, Given({HEAD: forged}), url=HEAD, territories=(), at=AT)
    assert [one.outcome for one in results] == ["failed"]
    assert "not confirmed" in results[0].text


def test_signers_hand_over(tmp_path: Path) -> None:
    """A verified list of lists may name who signs the next; nobody else may."""
    pki = Pki(tmp_path / "pki")
    old, new, german = signer("Alt"), signer("Neu"), signer("Deutsch")
    pivot = read_list(OwnLists(old, german).list_of_lists(number=1, successor=new))
    head = read_list(OwnLists(new, german).list_of_lists(number=2))
    national = read_list(
        OwnLists(new, german).national(pki.cert("ca"), pki.cert("root"), "QCStatement")
    )
    assert old.signing_cert is not None
    anchors = (old.signing_cert,)
    assert youngest_head([pivot, head], anchors) == head
    good, left_out = verified([pivot, head, national], anchors)
    assert good == (national,) and left_out == ()
    assert youngest_head([head], anchors) is None
    silent = read_list(OwnLists(old, german).list_of_lists(number=1))
    assert youngest_head([silent, head], anchors) == silent


def test_two_lists_with_one_number_are_both_kept(lists: Path, tmp_path: Path) -> None:
    data = (lists / "eu-lotl.xml").read_bytes()
    import_data(tmp_path, data, name="a", at=AT)
    place = tmp_path / "lists" / "2026-06-20"
    (place / "LOTL-388.xml").write_bytes(b"<other/>")
    import_data(tmp_path, data, name="b", at=AT)
    assert len(list(place.iterdir())) == 2
    assert (place / "LOTL-388.xml").read_bytes() == b"<other/>"


def test_the_state_of_a_store(lists: Path, tmp_path: Path) -> None:
    for name in ("eu-lotl.xml", "tsl-be-v6.xml", "tsl-ee.xml"):
        import_list(tmp_path, lists / name, at=AT)
    now = state_of(Trust(tmp_path), AT)
    assert {one.name: one.state for one in now.lists} == {
        "LOTL": "current",
        "BE": "current",
        "EE": "overdue",
    }
    assert [one.name for one in now.overdue] == ["EE"]
    soon = state_of(Trust(tmp_path), datetime(2026, 12, 5, tzinfo=UTC))
    assert {one.name: one.state for one in soon.lists} == {
        "LOTL": "overdue",
        "BE": "soon",
        "EE": "overdue",
    }


def test_an_empty_store_has_a_state(tmp_path: Path) -> None:
    state = state_of(Trust(tmp_path / "missing"), AT)
    assert (state.lists, state.anchors, state.overdue) == ((), 0, ())


# ------------------------------------------------------------------ the client
@pytest.mark.parametrize(
    "url",
    [
        "http://lists.test/a.xml",
        "https://other.test/a.xml",
        "https://lists.test:8443/a.xml",
        "https://lists.test@other.test/a.xml",
        "https://user:word@lists.test/a.xml",
        "file:///etc/passwd",
        "ftp://lists.test/",
        "https://lists.test.other.test/",
        "https://127.0.0.1/",
        "//lists.test/",
        "https://lists.test:x/",
        "",
    ],
)
def test_addresses_that_are_never_called(url: str) -> None:
    with pytest.raises(TrustError, match=r"trust_lists\.hosts|keine Adresse"):
        check_address(url, ("lists.test",))


def test_addresses_that_may_be_called() -> None:
    for url in ("https://lists.test/a.xml", "https://LISTS.test:443/", "https://lists.test"):
        check_address(url, ("lists.test",))
    check_address("https://lists.test:8443/", ("lists.test:8443",))


class Answers(BaseHTTPRequestHandler):
    """A small server that sends, sends on, or sends too much."""

    def do_GET(self) -> None:
        target = {"/away": "https://other.test/a.xml", "/down": "http://127.0.0.1/a.xml"}
        if self.path in target:
            self.send_response(302)
            self.send_header("Location", target[self.path])
            self.end_headers()
            return
        if self.path == "/round":
            self.send_response(302)
            self.send_header("Location", "/round")
            self.end_headers()
            return
        body = b"x" * (3 * 2**20) if self.path == "/large" else b"<list/>"
        self.send_response(404 if self.path == "/missing" else 200)
        self.end_headers()
        with contextlib.suppress(OSError):  # whoever asked has enough
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, ssl.SSLContext]]:
    """An HTTPS server on loopback, and a context that trusts it."""
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(_certificate())
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    own.load_cert_chain(path)
    with HTTPServer(("127.0.0.1", 0), Answers) as listening:
        listening.socket = own.wrap_socket(listening.socket, server_side=True)
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"127.0.0.1:{listening.server_port}", ssl.create_default_context(cafile=str(path))
        listening.shutdown()
        thread.join()


def _certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2050, 1, 1, tzinfo=UTC))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + made.public_bytes(serialization.Encoding.PEM)


def client(host: str, context: ssl.SSLContext | None) -> HttpsFetcher:
    return HttpsFetcher(Limits(hosts=(host,), seconds=20, most=2**20), context)


def test_it_fetches(server: tuple[str, ssl.SSLContext]) -> None:
    host, context = server
    assert client(host, context).get(f"https://{host}/a.xml") == b"<list/>"


@pytest.mark.parametrize("path", ["/away", "/down", "/large"])
def test_it_refuses(server: tuple[str, ssl.SSLContext], path: str) -> None:
    host, context = server
    with pytest.raises(TrustError):
        client(host, context).get(f"https://{host}{path}")


@pytest.mark.parametrize("path", ["/missing", "/round"])
def test_it_says_what_cannot_be_reached(server: tuple[str, ssl.SSLContext], path: str) -> None:
    host, context = server
    with pytest.raises(Unavailable, match="nicht erreichbar"):
        client(host, context).get(f"https://{host}{path}")


def test_it_trusts_no_unknown_server(server: tuple[str, ssl.SSLContext]) -> None:
    host, _ = server
    with pytest.raises(Unavailable, match="nicht erreichbar"):
        client(host, None).get(f"https://{host}/a.xml")
