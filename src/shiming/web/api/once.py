"""``Idempotency-Key``: a repeated request has one effect and one answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from shiming.audit.work import Work, Workspace
from shiming.platform.limits import limit
from shiming.registration.problems import Problem
from shiming.registration.values import Actor, Role
from shiming.web import store

ROOM = "shiming.web.api"


class Once:
    """Runs a writing request in one transaction with the record of its key.

    The key is taken first, so that of two requests at the same moment one waits for the other. A refusal rolls the
    key back with everything else: what had no effect may be tried again.
    """

    def __init__(self, workspace: Workspace, method: str, path: str, key: str | None) -> None:
        self.workspace = workspace
        self.request = f"{method} {path}"
        self.key = key

    def run(
        self, actor: Actor, sent: Any, call: Callable[[Work], BaseModel | None], *, status: int = 201
    ) -> JSONResponse:
        """Calls ``call`` with a unit of work, or repeats the answer kept for the key.

        ``sent`` is what the request holds beyond its path: JSON values. ``call`` gives None when it refuses once the
        transaction is committed (``refuse_kept``); the key is then free again. Raises ``Problem`` IDEMPOTENCY_CONFLICT when
        the key was used for another request.
        """
        if self.key is None:
            with self.workspace.write() as work:
                body = _json(call(work))
            return JSONResponse(body, status_code=status)
        owner = f"{actor.role}:{actor.id}"
        with self.workspace.write() as work:
            blind = work.vault.blind("idempotency", f"{self.request} {_canonical(sent)}")
            row = store.reserve(work, owner, self.key, blind)
            if row is None:
                return self._repeat(work, owner, blind)
            body = _json(call(work))
            if body is None:
                store.release(work, row)
            else:
                store.keep(work, row, status, body)
            store.forget_before(work, work.now - timedelta(hours=limit(ROOM, "idempotency.hours")))
        return JSONResponse(body, status_code=status)

    def _repeat(self, work: Work, owner: str, blind: bytes) -> JSONResponse:
        answer = store.kept(work, owner, self.key or "")
        if answer is None or answer.request_blind != blind:
            raise Problem("IDEMPOTENCY_CONFLICT")
        return JSONResponse(answer.body, status_code=answer.status, headers={"Idempotent-Replayed": "true"})


def _json(answer: BaseModel | None) -> Any:
    return None if answer is None else answer.model_dump(mode="json")


def _canonical(sent: Any) -> str:
    """One text for one request; long ones by digest, so that the keyed index stays cheap."""
    text = json.dumps(sent, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


ANONYMOUS = Actor(Role.ANONYMOUS, "anonymous")


def once(
    request: Request,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=int(limit(ROOM, "idempotency.key_length")),
            pattern=r"^[\x21-\x7e]+$",
            description="Chosen by the caller, one a request. The same key with the same request repeats the first answer.",
        ),
    ] = None,
) -> Once:
    """The dependency of routes that create something."""
    return Once(request.app.state.house.workspace, request.method, request.url.path, key)


OnceOnly = Annotated[Once, Depends(once)]
