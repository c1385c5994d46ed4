"""Bringing files in over HTTP: to the disk, limited, under hostile names."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient

from config.errors import HoldReason
from ingest.queue.fair_queueing import Kind, Sender
from tests.unit.api.building import House
from tests.unit.api.conftest import Calls, csrf_of

Sits = Callable[[str], TestClient]
PLACE = "/api/v1/items"


def send(
    client: TestClient, name: str = "scan.pdf", content: bytes = b"%PDF-1", **fields: str
) -> tuple[int, dict[str, object]]:
    answer = client.post(
        PLACE, files={"file": (name, content)}, data={"stream": "mailroom", **fields}
    )
    return answer.status_code, answer.json()


def left_over(house: House) -> list[str]:
    folder = house.service.uploads
    return [str(path) for path in folder.rglob("*")] if folder.exists() else []


def test_a_file_is_in_custody_with_the_answer(house: House, calls: Calls) -> None:
    content = b"%PDF-1.7 " + bytes(range(256)) * 5000
    client = calls("poststelle")
    answer = client.post(
        PLACE, data={"stream": "mailroom"}, files={"file": ("Brief ä.pdf", content)}
    )
    assert answer.status_code == 201, answer.text
    item = answer.json()
    assert item["sha256"] == hashlib.sha256(content).hexdigest()
    assert item["source"] == "Brief ä.pdf" and item["stage"] == "received"
    assert answer.headers["location"] == f"{PLACE}/{item['id']}"
    assert client.get(answer.headers["location"]).json() == item
    assert house.service.objects.path(item["sha256"]).read_bytes() == content
    assert [work[:2] for work in house.queue.work] == [("item", item["id"])]
    assert house.queue.senders == [Sender(Kind.PROGRAM, "poststelle")]
    assert not left_over(house)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Scans\\brief.pdf", "brief.pdf"),
        ("a\x00b\x1b[31m.pdf", "a\ufffdb\ufffd[31m.pdf"),
        ("<img src=x>.pdf", "<img src=x>.pdf"),
    ],
)
def test_a_name_is_only_a_name(house: House, calls: Calls, name: str, kept: str) -> None:
    boundary = "grenze"
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = (
        f"--{boundary}\r\nContent-Disposition: form-data; name=stream\r\n\r\nmailroom\r\n"
        f"--{boundary}\r\n{head}x\r\n--{boundary}--\r\n"
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    answer = calls("poststelle").post(PLACE, content=body.encode(), headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["source"] == kept
    assert not left_over(house)


def test_too_large_is_stopped_while_reading(
    house: House, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = house.service.settings.limits.model_copy(update={"file_bytes": 200_000})
    smaller = house.service.settings.model_copy(update={"limits": limits})
    monkeypatch.setattr(type(house.service), "settings", smaller)
    client = calls("poststelle")
    assert send(client, content=b"x" * 200_001)[0] == 413
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        yield b'--g\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(1000):
            sent += 1
            yield b"x" * 65536

    headers = {"Content-Type": "multipart/form-data; boundary=g"}
    assert client.post(PLACE, content=endless(), headers=headers).status_code == 413
    assert send(client, content=b"x" * 200_000)[0] == 201
    assert not left_over(house)


def test_what_a_killed_process_left_is_removed(house: House, calls: Calls) -> None:
    old, young = (house.service.uploads / f"upload-{name}" for name in ("alt", "jung"))
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "upload").write_bytes(b"x")
    os.utime(old, (0, 0))
    assert send(calls("poststelle"))[0] == 201
    assert left_over(house) == [str(young), str(young / "upload")]


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b"{}", 415),
        ("multipart/form-data", b"", 415),
        ("multipart/form-data; boundary=g", b"", 422),
        ("multipart/form-data; boundary=g", b"--x\r\n", 422),
        ("multipart/form-data; boundary=g", b"--g\r\nContent-Disposition: form-data; name=", 422),
        ("multipart/form-data; boundary=g", b"--g--\r\n", 422),
        ("multipart/form-data; boundary=" + "g" * 300, b"--g--\r\n", 422),
        (
            "multipart/form-data; boundary=g",
            b"--g\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\nhalf",
            422,
        ),
    ],
)
def test_broken_forms(house: House, calls: Calls, kind: str, body: bytes, status: int) -> None:
    answer = calls("poststelle").post(PLACE, content=body, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    assert not house.queue.work and not left_over(house)


def test_what_is_missing_is_said(calls: Calls) -> None:
    client = calls("poststelle")
    assert send(client, stream="nirgends")[0] == 422
    assert client.post(PLACE, files={"other": (None, "x")}).status_code == 422
    assert client.post(PLACE, files={"file": ("a", b"x")}).json()["stream"] == "mailroom"
    two = [("file", ("a", b"x")), ("file", ("b", b"y"))]
    assert client.post(PLACE, files=two, data={"stream": "mailroom"}).status_code == 422


def test_who_may_bring_what_where(house: House, calls: Calls) -> None:
    assert send(calls("bauamt"))[0] == 201
    assert send(calls("jugendamt"))[0] == 403
    assert send(calls("jugendamt"), department="jugendamt")[0] == 201
    assert send(calls("verwaltung"))[0] == 403
    assert send(calls("revision"))[0] == 403
    foreign = send(calls("bauamt"), department="jugendamt")
    unknown = send(calls("bauamt"), department="gibtsnicht")
    assert foreign == unknown and foreign[0] == 403


def test_lists_page_and_filter(house: House, calls: Calls) -> None:
    made = [house.receive(f"{number}.pdf") for number in range(5)]
    house.hold(made[0], HoldReason.EMPTY, "leer")
    client = calls("poststelle")
    seen, cursor = [], None
    while True:
        page = client.get(
            PLACE, params={"limit": 2, **({"cursor": cursor} if cursor else {})}
        ).json()
        assert page["total"] == 5
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == made[::-1]
    held = client.get(PLACE, params={"outcome": "held"}).json()
    assert [item["reason"] for item in held["items"]] == ["leer"]
    assert client.get(PLACE, params={"since": "2026-03-02T00:00:00Z"}).json()["total"] == 5
    assert client.get(PLACE, params={"since": "2027-01-01T00:00:00"}).json()["total"] == 0
    assert client.get(PLACE, params={"cursor": "Unsinn"}).status_code == 422


def test_uploading_on_the_page(house: House, sits: Sits) -> None:
    client = sits("poststelle")
    token = csrf_of(client.get("/eingang").text)
    answer = client.post(
        "/eingang/hochladen",
        data={"csrf": token, "stream": "mailroom"},
        files={"file": ("<b>brief<i>.pdf", b"%PDF-1")},
    )
    assert answer.status_code == 303 and answer.headers["location"] == "/eingang"
    page = client.get("/eingang?zeit=alle").text
    assert "ist angekommen und gesichert" in page
    assert "<b>brief" not in page and "&lt;b&gt;brief&lt;i&gt;.pdf" in page
    assert "ist angekommen" not in client.get("/eingang?zeit=alle").text  # said once
    assert house.queue.senders == [Sender(Kind.PERSON, "poststelle")]
