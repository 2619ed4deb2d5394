"""All of the holder's pages. Every changing request among them passes ``read_form``, which checks its token."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from shiming.web.deps import read_form
from shiming.web.holder import capture, demo, details, home, register, sign_in, status

router = APIRouter(dependencies=[Depends(read_form)])
for part in (
    home.router,
    sign_in.router,
    sign_in.out,
    register.router,
    capture.router,
    details.router,
    status.router,
    demo.router,
):
    router.include_router(part)
