"""Who may open the participant's pages at all; what they see is fetched through the own scope."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from participants.models import Participant


def own_participant(request: HttpRequest) -> Participant:
    person = getattr(request.user, "participant", None)
    if person is None:
        raise PermissionDenied
    return person


def participants_only[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        own_participant(request)
        return view(request, *args, **kwargs)

    return guarded
