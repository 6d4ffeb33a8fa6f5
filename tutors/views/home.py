from typing import cast

from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tutors.access import tutors_only
from tutors.competencies import asks_for_ratings
from tutors.group_page import GroupPage
from tutors.home import TutorHome
from tutors.scope import open_group


@require_safe
@tutors_only
def home(request: HttpRequest) -> HttpResponse:
    at = timezone.now()
    found = TutorHome.of(cast(AbstractBaseUser, request.user), at=at)
    return render(request, "tutors/home.html", {"home": found, "at": at})


@require_safe
def group(request: HttpRequest, pk: int) -> HttpResponse:
    at = timezone.now()
    opened = open_group(
        request.user,
        pk,
        day=timezone.localdate(at),
        permission="participants.view_enrollment",
    )
    context = {
        "group": opened.group,
        "page": GroupPage.of(opened, at=at),
        "is_own": opened.is_own,
        "may_rate": asks_for_ratings(opened),
        "days_of": opened.days_of,
        "at": at,
    }
    return render(request, "tutors/group.html", context)
