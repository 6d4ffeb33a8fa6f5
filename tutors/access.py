"""Who may open the pages that are a tutor's own: the own schedule, the own calendar."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from tutors.models import Tutor


def own_tutor(request: HttpRequest) -> Tutor:
    person = getattr(request.user, "tutor", None)
    if person is None:
        raise PermissionDenied
    return person


def tutors_only[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        own_tutor(request)
        return view(request, *args, **kwargs)

    return guarded
