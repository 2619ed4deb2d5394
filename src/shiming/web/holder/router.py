"""All of the holder's pages. Every changing request among them passes ``read_form``, which checks its token."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from shiming.web.deps import read_form
from shiming.web.holder import (
    answers,
    appeal,
    batches,
    capture,
    changes,
    contacts,
    deadline,
    demo,
    details,
    disputes,
    genuine,
    home,
    inbox,
    mine,
    needed,
    persons,
    prove,
    recover,
    register,
    reverify,
    shop,
    sign_in,
    status,
)

router = APIRouter(dependencies=[Depends(read_form)])
for part in (
    home.router,
    sign_in.router,
    sign_in.out,
    contacts.router,
    prove.router,
    recover.router,
    register.router,
    reverify.router,
    batches.router,
    capture.router,
    details.router,
    status.router,
    deadline.router,
    answers.router,
    appeal.router,
    changes.router,
    genuine.router,
    inbox.router,
    mine.router,
    disputes.router,
    needed.router,
    persons.router,
    shop.router,
    demo.router,
):
    router.include_router(part)
