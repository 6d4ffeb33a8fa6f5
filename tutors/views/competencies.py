"""The tutor rates the group's competencies: one for everybody, or all of one person."""

import datetime as dt
from http import HTTPStatus
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from courses.models import Competency
from participants.competencies import Rated, rate_competencies
from participants.competencies import rate as rate_people
from participants.level_form import LevelForm
from participants.models import CompetencyRating, Enrollment, Participant
from tutors.competencies import TUTOR, OpenedCompetencies, open_competencies


@require_safe
def competencies(request: HttpRequest, pk: int) -> HttpResponse:
    opened = open_competencies(request.user, pk, at=timezone.now())
    context = {"group": opened.group, "opened": opened, "sheet": opened.sheet}
    return render(request, "tutors/competencies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest, pk: int, moment: str, competency_pk: int) -> HttpResponse:
    at = timezone.now()
    opened = open_competencies(request.user, pk, at=at, to_rate=True)
    competency = opened.competency_or_404(competency_pk)
    stored = opened.sheet.levels_of(competency, TUTOR, moment)
    form = LevelForm(request.POST if request.method == "POST" else None, stored=stored)
    if request.method == "POST" and not opened.may_rate(moment):
        raise PermissionDenied
    if request.method == "POST" and form.is_valid():
        try:
            rated = _save(request, opened, moment, competency, form, at)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _told(request, opened, moment, competency, rated, len(form.chosen()))
    context = {
        "group": opened.group,
        "opened": opened,
        "competency": competency,
        "moment": moment,
        "opens_on": opened.sheet.moments.opens_on(moment),
        "may_rate": opened.may_rate(moment),
        "is_late": opened.sheet.moments.is_late(moment, at),
        "form": form,
        "rows": list(zip(opened.sheet.people, form.rows(), strict=True)),
        "following": opened.after(competency),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "tutors/rate.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def rate_person(
    request: HttpRequest, pk: int, enrollment_pk: int, moment: str = ""
) -> HttpResponse:
    at = timezone.now()
    opened = open_competencies(request.user, pk, at=at, to_rate=True)
    person, growth = opened.person_or_404(enrollment_pk)
    if not moment:
        return redirect("tutors:rate_person", pk, opened.due, person.pk)
    stored = {row.competency.pk: row.level(TUTOR, moment) for row in growth}
    form = LevelForm(request.POST if request.method == "POST" else None, stored=stored)
    if request.method == "POST" and not opened.may_rate(moment):
        raise PermissionDenied
    if request.method == "POST" and form.is_valid():
        by, levels = cast(AbstractBaseUser, request.user), form.chosen()
        try:
            rated = rate_competencies(person, moment, TUTOR, levels, by=by, at=at, seen=form.seen())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _told_of_person(request, opened, moment, person, rated, len(levels))
    context = {
        "group": opened.group,
        "opened": opened,
        "person": person.participant,
        "enrollment": person,
        "moment": moment,
        "moments": [each for each in CompetencyRating.Moment if opened.may_rate(each)],
        "opens_on": opened.sheet.moments.opens_on(moment),
        "may_rate": opened.may_rate(moment),
        "is_late": opened.sheet.moments.is_late(moment, at),
        "form": form,
        "rows": list(zip(growth, form.rows(), strict=True)),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "tutors/rate_person.html", context, status=status)


def _save(
    request: HttpRequest,
    opened: OpenedCompetencies,
    moment: str,
    competency: Competency,
    form: LevelForm,
    at: dt.datetime,
) -> Rated:
    return rate_people(
        opened.group.cohort_id,
        moment,
        TUTOR,
        {(person, competency.pk): level for person, level in form.chosen().items()},
        by=cast(AbstractBaseUser, request.user),
        at=at,
        seen={(person, competency.pk): level for person, level in form.seen().items()},
    )


def _told(
    request: HttpRequest,
    opened: OpenedCompetencies,
    moment: str,
    competency: Competency,
    rated: Rated,
    chosen: int,
) -> HttpResponse:
    """Where it was rated otherwise meanwhile, the page says so and stays; else on to the next."""
    people = {each.pk: each.participant for each in opened.sheet.people}
    for row in rated.conflicts:
        _warn(request, people[row.enrollment_id], row)
    following = opened.after(competency) if "next" in request.POST else None
    if not rated.conflicts:
        text = ngettext(
            "%(code)s saved: %(count)d person rated.",
            "%(code)s saved: %(count)d people rated.",
            chosen,
        )
        messages.success(request, text % {"code": competency.code, "count": chosen})
        if following is None:
            return redirect("tutors:competencies", opened.group.pk)
    target = competency if rated.conflicts else following or competency
    return redirect("tutors:rate", opened.group.pk, moment, target.pk)


def _told_of_person(
    request: HttpRequest,
    opened: OpenedCompetencies,
    moment: str,
    person: Enrollment,
    rated: Rated,
    chosen: int,
) -> HttpResponse:
    """As `_told`; else back to the group."""
    named = {each.pk: each for each in opened.competencies}
    for row in rated.conflicts:
        _warn(request, named[row.competency_id], row)
    if rated.conflicts:
        return redirect("tutors:rate_person", opened.group.pk, moment, person.pk)
    text = _("%(person)s: %(given)d of %(all)d competencies rated.")
    values = {"person": person.participant, "given": chosen, "all": len(named)}
    messages.success(request, text % values)
    return redirect("tutors:competencies", opened.group.pk)


def _warn(request: HttpRequest, of: Participant | Competency, row: CompetencyRating) -> None:
    who = row.rated_by.get_full_name() if row.rated_by else "—"
    text = _("%(person)s: %(who)s gave level %(level)d meanwhile. It stays, unless you change it.")
    messages.warning(request, text % {"person": of, "who": who, "level": row.level})
