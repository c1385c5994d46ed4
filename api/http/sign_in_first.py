"""Who is not signed in has nothing read: the framework reads and parses a body before it asks who sent it."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.auth import identify
from api.service import Service

WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})


class SignInFirst:
    """For the HTTP interface below ``prefix``; pages ask before they read
    (``api/web/rendering/forms.py``).

    ``methods_at`` gives the methods of a path; what no route takes is read by nobody.
    """

    def __init__(
        self, app: ASGIApp, *, prefix: str, service: Service, methods_at: Callable[[str], str]
    ) -> None:
        self.app = app
        self.prefix = f"{prefix}/"
        self.service = service
        self.methods_at = methods_at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises NotSignedIn."""
        if self._brings_a_body(scope):
            # The route asks again and then keeps the session awake.
            await run_in_threadpool(identify, Request(scope), self.service, in_use=False)
        await self.app(scope, receive, send)

    def _brings_a_body(self, scope: Scope) -> bool:
        return (
            scope["type"] == "http"
            and scope["method"] not in WITHOUT_BODY
            and scope["path"].startswith(self.prefix)
            and scope["method"] in self.methods_at(scope["path"]).split(", ")
        )
