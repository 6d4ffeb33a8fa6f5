"""A question set as it will be seen, before it is published; and from a published one the next."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from participants.models import QuestionSet
from participants.question_sets import next_version, publish
from trainingprog.coordinator_pages import coordinator_page, render_task, user_of


@coordinator_page("participants.change_questionset")
@require_http_methods(["GET", "HEAD", "POST"])
def question_set(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(QuestionSet, pk=pk)
    if request.method == "POST" and found.is_published:
        draft = next_version(found)
        messages.success(request, _("A draft of version %(n)d.") % {"n": draft.version})
        return redirect("admin:participants_questionset_change", draft.pk)
    refusal = None
    if request.method == "POST":
        try:
            publish(found, by=user_of(request), at=timezone.now())
        except ValidationError as error:
            refusal = " ".join(error.messages)
        else:
            messages.success(request, _("Published. Surveys that open from now on ask it."))
            return redirect("question_set", pk=pk)
    context = {"set": found, "questions": found.questions.all(), "refusal": refusal}
    status = 409 if refusal else 200
    title = str(found)
    return render_task(request, "admin/question_set.html", None, title, context, status=status)
