"""Where a service listens is told as long as it lives, and never longer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from api.http.listen_address import Listening, address_of, listen
from config.errors import Unavailable
from config.settings import Settings, Web

HOLD = """
import sys, time
from pathlib import Path
from api.http.listen_address import Listening
told = Listening(Path(sys.argv[1]))
told.tell("http://127.0.0.1:4711")
print("told", flush=True)
time.sleep(600)
"""


def test_the_running_services_address_is_told_until_it_dies(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert address_of(settings) == "http://127.0.0.1:8420"
    service = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert service.stdout is not None and service.stdout.readline() == "told\n"
        assert address_of(settings) == "http://127.0.0.1:4711"
        other = Listening(tmp_path)
        other.tell("http://127.0.0.1:1")  # the first one is told
        assert address_of(settings) == "http://127.0.0.1:4711"
    finally:
        service.send_signal(signal.SIGKILL)
        service.communicate()
    assert json.loads((tmp_path / "service.address").read_text())["address"]
    assert address_of(settings) == "http://127.0.0.1:8420"


def test_the_address_that_users_see_goes_over_the_one_it_listens_at(tmp_path: Path) -> None:
    told = Listening(tmp_path)
    told.tell("http://127.0.0.1:4711")
    public = Settings(home=tmp_path, web=Web(public_url="https://akten.kreis.example"))
    assert address_of(public) == "https://akten.kreis.example"
    told.forget()
    assert Listening(tmp_path).address() is None


def test_an_address_of_another_format_or_half_written_is_none(tmp_path: Path) -> None:
    holder = Listening(tmp_path)
    holder.tell("http://127.0.0.1:4711")
    for text in ("", "{", '{"format": 2, "address": "x"}', "[]"):
        (tmp_path / "service.address").write_text(text)
        assert Listening(tmp_path).address() is None
    holder.forget()


def test_a_port_that_is_taken_is_told_with_the_setting() -> None:
    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=rf"Port {port}.*web\.port"):
            listen("127.0.0.1", port)
    with pytest.raises(Unavailable, match="Port 70000"):
        listen("127.0.0.1", 70000)
    with pytest.raises(Unavailable, match="203.0.113.7"):
        listen("203.0.113.7", 0)


def test_an_address_of_version_6_stands_in_brackets() -> None:
    assert Settings(web=Web(host="::1")).public_url == "http://[::1]:8420"


def test_user_list_and_link_speak_of_everyone_named(tmp_path: Path) -> None:
    environment = {**os.environ, "REGISTRATUR_HOME": str(tmp_path / "home")}

    def run(*words: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "api.cli", *words],
            env=environment, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip

    run("init", "--sample")
    run("user", "disable", "jugendamt")
    rows = {row["name"]: row for row in json.loads(run("user", "list", "--json"))}
    assert set(rows) == {
        "poststelle", "bauamt", "jugendamt", "registratur", "revision", "verwaltung",
    }  # fmt: skip
    assert rows["jugendamt"]["disabled"] and not rows["bauamt"]["disabled"]
    case_worker = {"role": "case_worker", "department": "bauamt", "stream": None}
    assert rows["bauamt"]["roles"] == [case_worker]
    lines = run("user", "list").splitlines()
    assert any("jugendamt" in line and "GESPERRT" in line for line in lines)
    told = Listening(tmp_path / "home")
    told.tell("http://127.0.0.1:4711")
    links = run("user", "link", "bauamt", "revision").splitlines()
    assert [line.split()[0] for line in links] == ["bauamt", "revision"]
    assert all("http://127.0.0.1:4711/anmelden/link/" in line for line in links)
    told.forget()
