"""A way to a person inside the site: write, see the answer, write again; with or without a registration (row F8)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from shiming.audit.work import Work
from shiming.platform.ids import normalise_reference
from shiming.platform.limits import limit
from shiming.programmes import help as answers
from shiming.registration import store
from shiming.registration.problems import Problem
from shiming.registration.values import Actor
from shiming.review import inbox
from shiming.review import store as threads
from shiming.web import care, deps, rates
from shiming.web.deps import Form, FormData, Holder, house
from shiming.web.holder.common import place
from shiming.web.pages import come_back, page, see

router = APIRouter()


def _(text: str) -> str:
    return text


_TEXT_WRONG = _("Write what it is about; at most 4000 characters.")


def calendar_of(request: Request) -> inbox.Calendar:
    """Whose working days count for what belongs to no registration."""
    return inbox.Calendar(zone=house(request).settings.issuer_zone)


def text_faults(request: Request, problem: Problem | None, field: str = "text") -> dict[str, str]:
    """What to say beside the text field of a refused form."""
    if problem is None:
        return {}
    say = deps.texts(request)
    wrong = problem.code == "INVALID_FORM"
    return {field: say.gettext(_TEXT_WRONG) if wrong else " ".join(rates.refusal_texts(problem, say))}


@router.get("/inbox")
def show_all(request: Request, holder: Holder) -> Response:
    """Everything the holder wrote about, newest first."""
    with house(request).workspace.read() as work:
        rows = threads.of_account(work, holder.id)
        references = store.references(work, [row.registration_id for row in rows if row.registration_id])
    return page(request, "holder/inbox.html", rows=rows, references=references, care=care)


def _new_page(request: Request, form: FormData, problem: Problem | None = None) -> Response:
    answer = answers.answers().get(form.get("topic"))
    response = page(
        request,
        "holder/write.html",
        problem.status if problem else 200,
        answer=answer,
        form=form,
        longest=int(limit("shiming.review", "inbox.text_length")),
        days=int(limit("shiming.review", "inbox.question_days")),
        faults=text_faults(request, problem),
    )
    return come_back(response, problem)


@router.get("/inbox/new")
def ask(request: Request, holder: Holder, topic: str = "", programme: str = "", r: str = "") -> Response:
    """A page to write on. ``topic`` is the help answer it follows, ``r`` the reference of an own registration."""
    return _new_page(request, FormData({"topic": topic, "programme": programme, "reference": r}))


@router.post("/inbox/new")
def write_new(request: Request, form: Form, holder: Holder) -> Response:
    """Opens a thread."""
    try:
        rates.spend_thread(request, holder.id)
        with house(request).workspace.write() as work:
            found = inbox.open_thread(
                work,
                holder,
                "question",
                form.get("text"),
                registration_id=_own_registration(work, holder, form.get("reference")),
                account_id=holder.id,
                topic=form.get("topic") if form.get("topic") in answers.answers() else None,
                language=deps.language(request),
                days_of=calendar_of(request),
            )
    except Problem as problem:
        if problem.code not in ("INVALID_FORM", "TOO_MANY_REQUESTS"):
            raise
        return _new_page(request, form, problem)
    return see("/account" if holder.limited else f"/inbox/{found.reference}")


def _own_registration(work: Work, holder: Actor, reference: str) -> str | None:
    return place(work, holder, reference).registration.id if reference else None


def _thread_page(
    request: Request, holder: Actor, thread: str, given: str = "", problem: Problem | None = None
) -> Response:
    with house(request).workspace.read() as work:
        found = inbox.own(work, holder, normalise_reference(thread))
        response = page(
            request,
            "holder/thread.html",
            problem.status if problem else 200,
            thread=found,
            messages=inbox.own_messages(work, holder, found.reference),
            references=store.references(work, [found.registration_id] if found.registration_id else []),
            care=care,
            given=given,
            longest=int(limit("shiming.review", "inbox.text_length")),
            faults=text_faults(request, problem),
        )
    return come_back(response, problem)


@router.get("/inbox/{thread}")
def show(request: Request, thread: str, holder: Holder) -> Response:
    """One thread: what was written, when the answer is due."""
    return _thread_page(request, holder, thread)


@router.post("/inbox/{thread}")
def write(request: Request, thread: str, form: Form, holder: Holder) -> Response:
    """Writes again."""
    try:
        rates.spend_thread(request, holder.id)
        with house(request).workspace.write() as work:
            found = inbox.write(work, holder, normalise_reference(thread), form.get("text"))
    except Problem as problem:
        if problem.code not in ("INVALID_FORM", "TOO_MANY_REQUESTS"):
            raise
        return _thread_page(request, holder, thread, form.get("text"), problem)
    return see(f"/inbox/{found.reference}")


@router.get("/r/{reference}/messages")
def of_registration(request: Request, reference: str, holder: Holder) -> Response:
    """What was written about one registration, and the way to write."""
    with house(request).workspace.read() as work:
        found = place(work, holder, reference)
        rows = [row for row in threads.of_registration(work, found.registration.id) if row.account_id == holder.id]
    references = {found.registration.id: found.registration.reference}
    return page(request, "holder/inbox.html", rows=rows, references=references, care=care, place=found)
