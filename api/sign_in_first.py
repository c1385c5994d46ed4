"""Who is not signed in has nothing read: the framework reads and parses a body before it asks who sent it."""

from __future__ import annotations

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth import identify
from api.service import Service

WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})


class SignInFirst:
    """For the HTTP interface below ``prefix``; pages ask before they read (``api/web/forms.py``)."""

    def __init__(self, app: ASGIApp, *, prefix: str, service: Service) -> None:
        self.app = app
        self.prefix = f"{prefix}/"
        self.service = service

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
        )
