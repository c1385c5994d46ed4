"""``registratur serve``: run the service until it is told to stop."""

from __future__ import annotations

import os
import sys
import threading
from enum import StrEnum
from typing import Annotated

import typer
import uvicorn

from api.app import create_app
from api.commands.common import ConfigOption, set_up_log, settings_of, tell
from api.stopping import Stop
from api.wiring import House, build, service_of
from config.errors import ConfigError, Conflict
from config.logs import logger
from config.settings import Settings

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
LAST = 5.0  #: seconds after which a stop ends the process whatever still runs


class Part(StrEnum):
    """Which part of the work this process does."""

    ALL = "all"
    API = "api"
    WATCH = "watch"
    WORK = "work"
    INDEX = "index"


def serve(
    role: Annotated[Part, typer.Option(help="Anteil der Arbeit dieses Prozesses.")] = Part.ALL,
    host: Annotated[str | None, typer.Option(help="Adresse statt web.host.")] = None,
    port: Annotated[int | None, typer.Option(help="Port statt web.port.")] = None,
    config: ConfigOption = None,
) -> None:
    """Den Dienst betreiben; Strg-C beendet ihn sauber."""
    settings = settings_of(config, quiet=False)
    set_up_log(settings, quiet=False)
    web = settings.web.model_copy(
        update={
            "host": host or settings.web.host,
            "port": settings.web.port if port is None else port,
        }
    )
    settings = settings.model_copy(update={"web": web})
    _refuse_open_http(settings)
    home = build(settings)
    if role is not Part.API and not home.lock.take():
        raise Conflict(
            f"Ein Dienst läuft schon (Prozess {home.lock.holder()}); je Datenordner gibt es einen."
        )
    _run(home, role)


def _refuse_open_http(settings: Settings) -> None:
    web = settings.web
    if web.host not in LOOPBACK and not web.plain_http and not web.public_url.startswith("https:"):
        raise ConfigError(
            f"web.host {web.host} wäre ohne TLS von außen erreichbar. Einen TLS-Proxy davorstellen und "
            "web.public_url = „https://…“ setzen (docs/how-to/betrieb.md)."
        )


def _run(home: House, role: Part) -> None:
    running = home.running()
    everything = role is Part.ALL
    running.start(
        walk=everything or role is Part.WORK,
        watch=everything or role is Part.WATCH,
        index=everything or role is Part.INDEX,
    )
    log = logger("service")
    stop = Stop()
    server = _start_http(home, stop) if everything or role is Part.API else None
    stop.wait()
    log.info("stopping; what is on the road goes on at the next start")
    _end_for_certain()
    if server is not None:
        server.should_exit = True
    running.stop()
    home.close()
    log.info("stopped")
    sys.stderr.flush()
    os._exit(0)  # threads of steps that did not end must not hold the process


def _start_http(home: House, stop: Stop) -> uvicorn.Server:
    """Serve in a thread, so that signals stay ours; a server that ends takes the service along."""
    web = home.settings.web
    app = create_app(service_of(home))
    app.state.look.load()
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=web.host,
            port=web.port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=2,
            server_header=False,
            proxy_headers=False,
        )
    )
    tell(f"Registratur läuft: {home.settings.public_url}")
    for door in home.doors():
        tell(f"Eingangsordner „{door.stream.title or door.name}“: {door.root}")

    def run() -> None:
        server.run()
        stop.tell()

    threading.Thread(target=run, name="http", daemon=True).start()
    return server


def _end_for_certain() -> None:
    """A stop takes seconds, whatever a step is doing: the next start goes on with it."""
    timer = threading.Timer(LAST, lambda: os._exit(0))
    timer.daemon = True
    timer.start()
