from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from participants.access import participants_only
from participants.make_ups import HAS_MAKE_UPS
from participants.models import Enrollment
from participants.own_progress import OwnProgress


@require_safe
@participants_only
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    own = Enrollment.objects.for_participant(request.user).select_related(
        "cohort__program", "group", "participant", "edition_outcome"
    )
    enrollment = get_object_or_404(own.annotate(**HAS_MAKE_UPS), pk=pk)
    at = timezone.now()
    context = {
        "enrollment": enrollment,
        "own": OwnProgress.of(enrollment, at=at),
        "today": timezone.localdate(at),
    }
    return render(request, "participants/progress.html", context)
