from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from participants.pre_post import group_results
from tutors.scope import open_group


@require_safe
def group_pre_post(request: HttpRequest, pk: int) -> HttpResponse:
    """What the pre-tests and post-tests say of the group as a whole."""
    day, permission = timezone.localdate(), "participants.view_score"
    group = open_group(request.user, pk, day=day, permission=permission).group
    context = {"group": group, "results": group_results(group)}
    return render(request, "tutors/results.html", context)
