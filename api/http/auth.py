"""Who is asking -> Reader. Cookie sessions for people, bearer tokens for programs below /api."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from api.http.problems import CrossSite
from api.service import Service
from archive.audit.trail import Actor
from archive.model import Reader, Role, Scope
from archive.people.current_readers import SignIn
from archive.people.sign_in import NotSignedIn, Opened, hash_of, session_reader, token_reader
from ingest.acts.acting import Acting, Way
from ingest.acts.people import own_account

CSRF_HEADER = "X-CSRF-Token"
# The browser binds a __Host- cookie to this host and to TLS; plain loopback cannot have one.
COOKIE, SECURE_COOKIE = "registratur", "__Host-registratur"
_TOUCH_AFTER = timedelta(minutes=1)

_bearer = HTTPBearer(auto_error=False, scheme_name="token", description="registratur user token")
_cookie = APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="session")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A reader and, for a cookie session, the token that every change must carry."""

    reader: Reader
    csrf: str | None
    head: bool = False  #: asks for headers alone (HEAD); nothing is handed out

    @property
    def acting(self) -> Acting:
        return Acting(reader=self.reader, way=Way.TOKEN if self.is_program else Way.SESSION)

    @property
    def actor(self) -> Actor:
        return self.acting.actor

    @property
    def is_program(self) -> bool:
        """Whether it came with a token instead of a session."""
        return self.csrf is None

    def may(self, *roles: Role, within: Scope) -> bool:
        """Whether the caller holds one of the roles for all of ``within``."""
        return self.acting.may(*roles, within=within)

    def demand(self, *roles: Role, within: Scope) -> None:
        """Raises Forbidden where the caller holds none of the roles for all of ``within``."""
        self.acting.demand(*roles, within=within)

    def demand_somewhere(self, *roles: Role) -> frozenset[Scope]:
        """Where the caller holds one of the roles: what the answer is to be cut down to.

        Raises Forbidden where it is nowhere.
        """
        return self.acting.demand_somewhere(*roles)


def service_of(request: Request) -> Service:
    """The one service of this process."""
    service: Service = request.app.state.service
    return service


Served = Annotated[Service, Depends(service_of)]


def cookie_name(service: Service) -> str:
    return SECURE_COOKIE if service.secure else COOKIE


def signed_in(request: Request, service: Service, *, in_use: bool = True) -> Caller:
    """Who sits behind the cookie. Raises NotSignedIn.

    ``in_use`` keeps the session awake; what the page asks for by itself must not, or a forgotten
    screen would stay signed in for ever.
    """
    token = request.cookies.get(cookie_name(service))
    if token is None:
        raise NotSignedIn("Bitte anmelden.")
    at = service.clock()
    idle = timedelta(minutes=service.settings.web.session_minutes)
    with service.database.read() as session:
        found = session_reader(session, token, idle=idle, at=at)
    if in_use and at - found.seen_at >= min(_TOUCH_AFTER, idle / 2):
        own_account.keep_awake(service, token)
    return Caller(reader=found.reader, csrf=found.csrf, head=_asks_head(request))


def caller(
    request: Request,
    service: Served,
    _token: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    _session: Annotated[str | None, Security(_cookie)],
) -> Caller:
    """Who calls the HTTP interface: by token, else by cookie. Raises NotSignedIn."""
    return identify(request, service)


def identify(request: Request, service: Service, *, in_use: bool = True) -> Caller:
    """As ``caller``, also in the midst of an answer that lasts. Raises NotSignedIn."""
    header = request.headers.get("authorization")
    if header is None:
        return signed_in(request, service, in_use=in_use)
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise NotSignedIn("Das Zugriffstoken gilt nicht (mehr).")
    with service.database.read() as session:
        reader = token_reader(session, token.strip(), at=service.clock())
    return Caller(reader=reader, csrf=None, head=_asks_head(request))


def sign_in_of(request: Request, service: Service) -> SignIn:
    """By what the caller, who was let in just now, is signed in: to be asked about again."""
    _, _, token = request.headers.get("authorization", "").partition(" ")
    if token:
        return SignIn(hash_of(token.strip()), is_token=True)
    return SignIn(hash_of(request.cookies.get(cookie_name(service), "")), is_token=False)


def _asks_head(request: Request) -> bool:
    return bool(getattr(request.state, "head", False))


def changing_caller(request: Request, found: Annotated[Caller, Depends(caller)]) -> Caller:
    """A caller who changes something: a cookie alone is not enough. Raises CrossSite."""
    if found.csrf is not None:
        confirm(found, request.headers.get(CSRF_HEADER))
    return found


Asking = Annotated[Caller, Depends(caller)]
Changing = Annotated[Caller, Depends(changing_caller)]


def confirm(found: Caller, token: str | None) -> None:
    """Raises CrossSite unless ``token`` is the session's own."""
    if not hmac.compare_digest((token or "").encode(), (found.csrf or "-").encode()):
        raise CrossSite(
            "Die Anfrage trägt nicht das Kennzeichen Ihrer Sitzung. Bitte die Seite neu laden und "
            "nochmals absenden."
        )


def refuse_other_sites(request: Request) -> None:
    """For forms before sign-in, which have no session to carry a token. Raises CrossSite."""
    site = request.headers.get("sec-fetch-site", "none")
    origin = request.headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if site not in ("none", "same-origin") or foreign:
        raise CrossSite("Diese Anfrage kam von einer anderen Seite. Bitte hier anmelden.")


def set_cookie(response: Response, service: Service, opened: Opened) -> None:
    response.set_cookie(
        cookie_name(service),
        opened.token,
        max_age=service.settings.web.session_hours * 3600,
        path="/",
        secure=service.secure,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(response: Response, service: Service) -> None:
    response.delete_cookie(
        cookie_name(service), path="/", secure=service.secure, httponly=True, samesite="lax"
    )
