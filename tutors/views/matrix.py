from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from courses.models import Cohort
from tutors.matrix import Matrix, legend
from tutors.scope import open_group

VIEW = "participants.view_attendancerecord"


@require_safe
def group_matrix(request: HttpRequest, pk: int) -> HttpResponse:
    opened = open_group(request.user, pk, day=timezone.localdate(), permission=VIEW)
    group = opened.group
    context = {
        "group": group,
        "cohort": group.cohort,
        "matrix": Matrix.of_group(opened, at=timezone.now()),
        "legend": legend(),
        "is_own": opened.is_own,
    }
    return render(request, "tutors/matrix.html", context)


@require_safe
def cohort_matrix(request: HttpRequest, pk: int) -> HttpResponse:
    """The coordinator's: everyone of an edition."""
    if not (request.user.is_staff and request.user.has_perm(VIEW)):
        raise PermissionDenied
    cohort = get_object_or_404(Cohort, pk=pk)
    context = {
        "cohort": cohort,
        "matrix": Matrix.of_cohort(cohort, at=timezone.now()),
        "legend": legend(),
    }
    return render(request, "tutors/matrix.html", context)
