"""The pages of one application, for whoever has its address or the link that was mailed."""

import secrets
from typing import Any

from allauth.core.ratelimit import consume
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from participants.application_form import (
    NOTICE_VERSION,
    ApplicationForm,
    chosen_facility,
    first_answers,
    typed_answers,
)
from participants.application_links import CONFIRM_DAYS, to_confirm
from participants.applying import (
    Stale,
    Typed,
    confirm_application,
    how_it_stands,
    keep_draft,
    keep_letter,
    send_application,
    send_link_again,
    withdraw_application,
)
from participants.models import Application
from participants.views.calls import facility_context

Status = Application.Status


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def application(request: HttpRequest, key: str) -> HttpResponse:
    found = get_object_or_404(Application.objects.select_related("cohort__program"), key=key)
    if found.status not in Application.NOT_YET:
        return _done_page(request, found)
    if request.method == "POST":
        return _act(request, found)
    is_open = found.cohort.takes_applications(timezone.now())
    if found.status == Status.SUBMITTED and not (is_open and "corregir" in request.GET):
        return _sent_page(request, found, is_open=is_open)
    if not is_open:
        return render(request, "calls/closed.html", {"cohort": found.cohort})
    return _form_page(request, found, ApplicationForm(initial=first_answers(found)))


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_POST
def save(request: HttpRequest, key: str) -> HttpResponse:
    """What htmx saves while one types: a fragment that says whether it is kept."""
    context: dict[str, Any] = {"at": timezone.localtime()}
    try:
        keep_draft(key, _typed(request), at=timezone.now())
    except Application.DoesNotExist:
        context = {"problem": _("This application is no longer there.")}
    except Stale:
        context = {"is_stale": True, "key": key}
    except ValidationError as error:
        context = {"problem": error.messages[0]}
    return render(request, "calls/saved.html", context)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Only a POST confirms: programs that look into mails open every link."""
    found = to_confirm(token)
    if found is not None and request.method == "POST":
        found = confirm_application(token, at=timezone.now())
    if found is None:
        return render(request, "calls/confirm_expired.html", status=410)
    if found.status != Status.SUBMITTED:
        return redirect("calls:application", found.key)
    return render(request, "calls/confirm.html", {"application": found})


@login_not_required
@never_cache
@require_POST
def withdraw(request: HttpRequest, key: str) -> HttpResponse:
    found = get_object_or_404(Application, key=key)
    withdraw_application(found.key, at=timezone.now())
    return redirect("calls:application", key)


def _act(request: HttpRequest, found: Application) -> HttpResponse:
    """Resending, searching, saving or sending, by the button pressed. All but the first keep what
    was typed, right or wrong, and a letter that is one."""
    action = request.POST.get("action", "send")
    if action == "resend":
        return _resend(request, found)
    typed = _typed(request)
    try:
        found = keep_draft(found.key, typed, at=timezone.now())
        if action == "remove_letter":
            keep_letter(found.key, None, at=timezone.now())
            return redirect(f"{_address(found)}#letter")
        form = ApplicationForm(request.POST, request.FILES)
        form.is_valid()
        if letter := form.cleaned_data.get("letter"):
            found = keep_letter(found.key, letter, at=timezone.now())
        if action in ("search", "save"):
            return _saved(request, found, action, form.errors.get("letter"))
        return _send(request, found, form, typed)
    except Stale:
        form = ApplicationForm(initial=dict(typed.answers))
        return _form_page(request, found, form, status=409, is_stale=True)
    except ValidationError as error:
        if found.status == Status.SUBMITTED:
            return _sent_page(request, found, is_open=False, status=409)
        context = {"cohort": found.cohort, "refusal": error.messages[0]}
        return render(request, "calls/closed.html", context, status=409)


def _send(
    request: HttpRequest, found: Application, form: ApplicationForm, typed: Typed
) -> HttpResponse:
    if not form.is_valid():
        return _form_page(request, found, form, status=422)
    data = form.data_of_the_model()
    if not consume(request, action="application_send", key=data["email"]):
        form.add_error(None, _("Too many were sent from here. Your data are kept: wait an hour."))
        return _form_page(request, found, form, status=429)
    send_application(found.key, typed, data, notice_version=NOTICE_VERSION, at=timezone.now())
    return redirect("calls:application", found.key)


def _saved(request: HttpRequest, found: Application, action: str, problem: Any) -> HttpResponse:
    """A draft may be half empty and is not found fault with; of a refused letter one is told."""
    if problem or action == "search":
        form = ApplicationForm(initial=found.answers)
        status = 422 if problem else 200
        return _form_page(request, found, form, status=status, letter_problem=problem)
    messages.success(request, _("Saved. To go on later, keep the address of this page."))
    return redirect(_address(found))


def _resend(request: HttpRequest, found: Application) -> HttpResponse:
    if not consume(request, action="application_send", key=found.email):
        messages.error(request, _("We sent it several times. Look among unwanted mail, or wait."))
    elif send_link_again(found):
        messages.success(request, _("We sent the link again."))
    return redirect("calls:application", found.key)


def _typed(request: HttpRequest) -> Typed:
    version = request.POST.get("version", "")
    number = int(version) if version.isdecimal() and len(version) < 10 else -1
    return Typed(typed_answers(request.POST), number, request.POST.get("tab", "")[:32])


def _address(found: Application) -> str:
    """Of the form, also where it was sent before and is being corrected."""
    return f"{reverse('calls:application', args=[found.key])}?corregir=1"


def _form_page(
    request: HttpRequest,
    found: Application,
    form: ApplicationForm,
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    language = "en" if (get_language() or "").startswith("en") else "es"
    values = form.data if form.is_bound else form.initial
    chosen = chosen_facility(str(values.get("facility", "")))
    context |= {
        "form": form,
        "application": found,
        "cohort": found.cohort,
        "tab": request.POST.get("tab", "")[:32] or secrets.token_hex(8),
        "notice": f"privacy/application_{NOTICE_VERSION}_{language}.html",
        "notice_version": NOTICE_VERSION,
        "contact": settings.PRIVACY_CONTACT,
        **facility_context(str(values.get("facility_query", "")), chosen),
    }
    return render(request, "calls/application.html", context, status=status)


def _sent_page(
    request: HttpRequest, found: Application, *, is_open: bool, status: int = 200
) -> HttpResponse:
    """What was sent in time is confirmed after the closing too; it is corrected no longer."""
    context = {"application": found, "days": CONFIRM_DAYS, "may_correct": is_open}
    return render(request, "calls/sent.html", context, status=status)


def _done_page(request: HttpRequest, found: Application) -> HttpResponse:
    """The same for the first and for a repeated one: nobody learns that someone applied."""
    context = {
        "application": found,
        "standing": how_it_stands(found),
        "may_withdraw": found.status in (Status.CONFIRMED, Status.DUPLICATE),
    }
    return render(request, "calls/done.html", context)
