"""``python -m tests.fresh_look.hot OUT_FOLDER``: odd names in a hot folder, and what is taken of them.

Each file holds a letter of its own, so that a taken one is known by its hash. "left" means: still
there, and no item of it; "shown" means: left, and named on the mailroom's page.
"""

from __future__ import annotations

import hashlib
import html
import io
import os
import re
import socket
import sys
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
from pikepdf import Pdf

from tests.acceptance.home import Home
from tests.fresh_look import pdfs

PATIENCE = 180.0  #: seconds for everything that must be taken
AFTER = 10.0  #: seconds that the rest is given to be taken wrongly
CLIENTS = "https://github.com/iterate-ch/docs/issues/360"


@dataclass(frozen=True, slots=True)
class Drop:
    """A name below the hot folder, and what shall become of it."""

    name: bytes
    expected: str
    link: str = "own choice"
    make: Callable[[Path, bytes], None] | None = None  #: in place of writing the bytes


def _symbolic_link(path: Path, content: bytes) -> None:
    target = path.parents[3] / "elsewhere.pdf"
    target.write_bytes(content)
    path.symlink_to(target)


def _pipe(path: Path, _: bytes) -> None:
    os.mkfifo(path)


def _nfd(name: str) -> bytes:
    return unicodedata.normalize("NFD", name).encode()


DROPS = (
    Drop(b"Scan 1.pdf.PART", "left", CLIENTS),
    Drop(b"Anlage.pdf.CrDownload", "left", CLIENTS),
    Drop(b"Bericht.pdf.TMP", "left", "https://github.com/owncloud/client/issues/3149"),
    Drop(b".syncthing.scan.pdf.tmp", "left", "https://github.com/syncthing/syncthing/issues/2208"),
    Drop(b"~syncthing~scan.pdf.tmp", "left", "https://github.com/syncthing/syncthing/issues/709"),
    Drop(b"scan.pdf.3f2a1b9c.partial", "left", "https://github.com/javi11/usenet-drive/issues/131"),
    Drop(b"._scan.pdf", "left", "https://github.com/syncthing/syncthing/issues/1631"),
    Drop(b"ehThumbs.db", "left", "https://github.com/syncthing/syncthing/issues/1631"),
    Drop(b"THUMBS.DB", "left", CLIENTS),
    Drop(b"Desktop.ini", "left", CLIENTS),
    Drop(b"~WRD0001.tmp", "left", CLIENTS),
    Drop(b"~$Bescheid.pdf", "left", "https://github.com/nextcloud/deck/issues/6678"),
    Drop(b".~lock.Brief.pdf#", "left"),
    Drop(b".goutputstream-AB12CD", "left", CLIENTS),
    Drop(b".nfs0000000000001234", "left", CLIENTS),
    Drop(b".smbdeleteAAA0001", "left"),
    Drop(b"Bescheid.pdf~", "left"),
    Drop(b"Stapel.part/innen.pdf", "left"),
    Drop(b"#Recycle/weg.pdf", "left"),
    Drop(b"@Recycle/weg.pdf", "left", "https://github.com/thomasmauerer/hassio-addons/issues/29"),
    Drop(b"$Recycle.Bin/S-1-5-21/weg.pdf", "left"),
    Drop(b".Trash-1000/files/weg.pdf", "left"),
    Drop(b"lost+found/#131074", "left"),
    Drop(b".snapshot/hourly.0/alt.pdf", "left"),
    Drop(b"System Volume Information/x.pdf", "left"),
    Drop(b"verweis.pdf", "left", make=_symbolic_link),
    Drop(b"leitung.pdf", "left", make=_pipe),
    Drop(
        b"Brief.sync-conflict-20260101-101010-ABCDEFG.pdf",
        "taken",
        "https://github.com/syncthing/syncthing/issues/2282",
    ),
    Drop(
        b"Brief (conflicted copy 2026-01-01 101010).pdf",
        "taken",
        "https://github.com/nextcloud/desktop/issues/2467",
    ),
    Drop(b"Antrag\nzweite Zeile.pdf", "taken"),
    Drop(b"Bescheid\xfc.pdf", "taken", "https://github.com/linuxdeepin/dde-file-manager/pull/3663"),
    Drop(b"L" * 251 + b".pdf", "taken", "https://github.com/mavlink/MAVSDK/pull/3064"),
    Drop(_nfd("Prüfgebühr.pdf"), "taken", "https://github.com/mavlink/MAVSDK/pull/3064"),
    Drop(b"--help.pdf", "taken"),
    Drop(b"Leerzeichen.pdf ", "taken"),
    Drop(b"A.tmp.pdf", "taken"),
    Drop(b"Temp/Brief.pdf", "taken"),
    Drop(b"Partner.pdf", "taken"),
    Drop(b"<script>alert(1)</script>.pdf", "taken"),
    Drop(b"%2e%2e%2fetc.pdf", "taken"),
    Drop(b"CON.pdf", "taken"),
)  # fmt: skip


def letter(number: int) -> bytes:
    pdf, data = Pdf.new(), io.BytesIO()
    pdfs.add_page(pdf, pdfs.MARKS + pdfs.letter(f"Posten {number}"))
    pdf.save(data, deterministic_id=True)
    return data.getvalue()


def drop(folder: Path) -> dict[str, Drop]:
    """Write all of them as a scanner does, under another name first; their hashes."""
    made = {}
    for number, one in enumerate(DROPS):
        path, content = folder / os.fsdecode(one.name), letter(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        made[hashlib.sha256(content).hexdigest()] = one
        if one.make:
            one.make(path, content)
            continue
        hidden = folder / f".{number}.part"
        hidden.write_bytes(content)
        hidden.rename(path)
    return made


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def page(home: Home, port: int) -> str:
    """What the mailroom sees at this moment."""
    said = home.run("user", "link", "poststelle")
    link = re.search(r"http://\S+", said)
    assert link, said
    address = f"127.0.0.1:{port}"
    with httpx.Client(follow_redirects=True, timeout=30) as client:
        client.get(re.sub(r"http://[^/]+", f"http://{address}", link.group(0)))
        return html.unescape(client.get(f"http://{address}/").text)


def observe(home: Home, port: int, made: dict[str, Drop]) -> list[tuple[Drop, str]]:
    wanted = {sha for sha, one in made.items() if one.expected == "taken"}
    limit = time.monotonic() + PATIENCE
    while not wanted <= set(home.statuses()) and time.monotonic() < limit:
        time.sleep(0.5)
    time.sleep(AFTER)
    items, seen, folder = home.statuses(), page(home, port), home.path / "hot" / "mailroom"
    named = {os.fsencode(item["source"]) for several in items.values() for item in several}
    rows = []
    for sha, one in made.items():
        path = folder / os.fsdecode(one.name)
        there, shown = os.path.lexists(path), Path(os.fsdecode(one.name)).name in seen
        what = "left" if there else "gone"
        if sha in items or one.name in named:
            what = f"taken{', still there' if there else ''}"
        elif shown:
            what += ", shown"
        rows.append((one, what))
    return rows


def main() -> int:
    home = Home.make(Path(sys.argv[1]).resolve() / "home")
    port = free_port()
    home.start(port=port)
    home.wait_until_ready()
    try:
        rows = observe(home, port, drop(home.path / "hot" / "mailroom"))
    finally:
        home.stop()
    wrong = 0
    print("| name | link | expected | observed | verdict |\n|---|---|---|---|---|")
    for one, what in rows:
        right = what.startswith(one.expected) and "still there" not in what
        wrong += not right
        name = repr(one.name.decode(errors="replace"))[1:-1]
        short = name if len(name) < 60 else name[:50] + "..."
        verdict = "ok" if right else "WRONG"
        print(f"| {short} | {one.link} | {one.expected} | {what} | {verdict} |")
    print(f"\n{len(rows)} names: {wrong} WRONG, {len(rows) - wrong} ok")
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
