"""``registratur serve``: run the service until it is told to stop."""

from __future__ import annotations

import gc
import os
import socket
import sys
import threading
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.common import ConfigOption, set_up_log, settings_of, tell
from config.errors import ConfigError, Conflict

if TYPE_CHECKING:
    import uvicorn

    from api.http.connection_limits import Gate
    from api.http.shutdown import Stop
    from api.wiring import House
    from config.settings import Settings, Web

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
    settings, bound = _bind(settings) if role in (Part.ALL, Part.API) else (settings, None)
    from api.wiring import build

    home = build(settings)
    if role is not Part.API and not home.lock.take():
        raise Conflict(
            f"Ein Dienst läuft schon (Prozess {home.lock.holder()}); je Datenordner gibt es einen."
        )
    _run(home, role, bound)


def _bind(settings: Settings) -> tuple[Settings, socket.socket]:
    """The socket, and the settings with the port that it really has."""
    from api.http.listen_address import listen

    web = settings.web
    bound = listen(web.host, web.port)
    web = web.model_copy(update={"port": bound.getsockname()[1]})
    return settings.model_copy(update={"web": web}), bound


def _refuse_open_http(settings: Settings) -> None:
    from api.http.allowed_hosts import LOOPBACK

    web = settings.web
    if web.host not in LOOPBACK and not web.plain_http and not web.public_url.startswith("https:"):
        raise ConfigError(
            f"web.host {web.host} wäre ohne TLS von außen erreichbar. Einen TLS-Proxy davorstellen und "
            "web.public_url = „https://…“ setzen (docs/how-to/betrieb.md)."
        )


def _run(home: House, role: Part, bound: socket.socket | None) -> None:
    from api.http.file_descriptors import AT_ONCE
    from api.http.listen_address import Listening
    from api.http.shutdown import Stop
    from config.logs import logger

    everything = role is Part.ALL
    running = home.running(shows=everything)
    running.start(
        walk=everything or role is Part.WORK,
        watch=everything or role is Part.WATCH,
        index=everything or role is Part.INDEX,
    )
    log = logger("service")
    listening = Listening(home.settings.home)
    if bound is not None:
        bound.listen(AT_ONCE)  # who comes before the faces are ready waits a moment
        listening.tell(home.settings.public_url)
    stop = Stop()
    server = None if bound is None else _start_http(home, stop, bound)
    # What was loaded stays: looking through it again and again kept pages waiting (0.13 s each time).
    gc.freeze()
    stop.wait()
    log.info("stopping; what is on the road goes on at the next start")
    _end_for_certain()
    if server is not None:
        server.should_exit = True
    running.stop()
    listening.forget()
    home.close()
    log.info("stopped")
    sys.stderr.flush()
    os._exit(0)  # threads of steps that did not end must not hold the process


def _start_http(home: House, stop: Stop, bound: socket.socket) -> uvicorn.Server:
    """Serve in a thread, so that signals stay ours; a server that ends takes the service along."""
    import uvicorn

    from api.app import create_app
    from api.http.connection_limits import guarded_by
    from api.http.file_descriptors import AT_ONCE
    from api.wiring import service_of

    app = create_app(service_of(home))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=guarded_by(_gate(home.settings.web)),
            ws="none",
            backlog=AT_ONCE,
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
        server.run(sockets=[bound])
        stop.tell()

    threading.Thread(target=run, name="http", daemon=True).start()
    return server


def _gate(web: Web) -> Gate:
    """As many connections as are set, or as leave the intake its descriptors."""
    from api.http.connection_limits import Gate, Rules
    from api.http.file_descriptors import connections_within, raise_limit
    from config.logs import logger

    limit = raise_limit()
    connections = connections_within(limit, web.connections)
    if connections < web.connections:
        logger("service").warning(
            "fewer connections than web.connections: the system gives too few file descriptors "
            "(LimitNOFILE)",
            connections=connections,
            descriptors=limit,
        )
    return Gate(Rules.of(web, connections=connections), clock=time.monotonic)


def _end_for_certain() -> None:
    """A stop takes seconds, whatever a step is doing: the next start goes on with it."""
    timer = threading.Timer(LAST, lambda: os._exit(0))
    timer.daemon = True
    timer.start()
