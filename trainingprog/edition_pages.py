"""The coordinator's page of an edition, from which each of its tasks starts."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses.models import Cohort
from participants.models import Participant
from trainingprog.coordinator_pages import coordinator_page, render_task
from trainingprog.edition_overview import EditionOverview
from trainingprog.edition_tasks import edition_tasks
from trainingprog.open_tasks import next_task
from tutors.models import Tutor


class DocumentForm(forms.Form):
    """Not shown: it takes no more than a document number may be, and nothing PostgreSQL refuses."""

    document = forms.CharField(max_length=15)


@coordinator_page("courses.view_cohort", "participants.view_enrollment")
@require_safe
def edition(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort.objects.select_related("program"), pk=pk)
    overview = EditionOverview.for_cohort(cohort, at=timezone.now())
    tasks = edition_tasks(overview)
    context = {
        "overview": overview,
        "tasks": tasks,
        "next_task": next_task(tasks),
        "can_change_module": request.user.has_perm("courses.change_cohortmodule"),
        "can_publish_rule": request.user.has_perm("courses.add_completionrule"),
        "can_see_attendance": request.user.has_perm("participants.view_attendancerecord"),
    }
    return render_task(request, "admin/edition.html", None, cohort.code, context)


@coordinator_page("participants.view_participant")
@require_POST
def find_person(request: HttpRequest) -> HttpResponse:
    """By document number, which is posted so that it stands in no address."""
    form = DocumentForm(request.POST)
    number = form.cleaned_data["document"].upper() if form.is_valid() else ""
    person = (
        Participant.objects.filter(document_number=number).first()
        or Tutor.objects.filter(document_number=number).first()
        if number
        else None
    )
    if person is None:
        messages.error(request, _("Nobody has this document number."))
        return redirect("admin:index")
    opts = person._meta
    return redirect(f"admin:{opts.app_label}_{opts.model_name}_change", person.pk)
