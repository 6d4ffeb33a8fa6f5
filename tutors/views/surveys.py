"""What the own groups said of the tutoring: once a survey is over, and never of fewer than five."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from participants.models import Survey
from participants.survey_results import results_of
from tutors.access import own_tutor, tutors_only


@require_safe
@tutors_only
def survey_results(request: HttpRequest) -> HttpResponse:
    """The newest first."""
    today = timezone.localdate()
    over = Survey.objects.closed_on(today).filter(surveyed_tutor__tutor=own_tutor(request))
    related = ("question_set", "cohort", "cohort_module__module", "group")
    surveys = over.select_related(*related).order_by("-closes_on", "group__number", "pk")
    results = list(results_of(surveys, at=today).values())
    return render(request, "tutors/survey_results.html", {"results": results})
