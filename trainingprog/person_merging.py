"""The coordinator's pages of persons who are in twice: the list of pairs, and merging one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participants.duplicates import find_duplicates, take_back, tell_apart
from participants.merge_plan import KEPT, MERGED, MergePlan, Question
from participants.models import Participant
from trainingprog.coordinator_pages import coordinator_page, render_task, user_of
from trainingprog.roles import MAY_MERGE
from tutors.merging import merge, merged_into

PAIRS_A_PAGE = 50


class MergeForm(forms.Form):
    """One pair of radios a question; nothing is chosen beforehand."""

    fingerprint = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, plan: MergePlan, data: Any = None) -> None:
        super().__init__(data)
        self.plan = plan
        self.fields["fingerprint"].initial = plan.fingerprint
        for question in plan.all_questions():
            self.fields[question.name] = _radios(question)

    def person_fields(self) -> list[forms.BoundField]:
        return [self[question.name] for question in self.plan.questions]

    def editions(self) -> list[dict[str, Any]]:
        return [
            {
                "shared": shared,
                "which": self[shared.question] if shared.stays is None else None,
                "keeps_own": shared.stays == KEPT,
                "fields": [self[question.name] for question in shared.questions],
            }
            for shared in self.plan.shared
        ]

    def answers(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if name != "fingerprint"}


def _radios(question: Question) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=question.label,
        choices=[(KEPT, question.kept), (MERGED, question.merged)],
        widget=forms.RadioSelect,
    )


@coordinator_page(*MAY_MERGE)
@require_safe
def person_duplicates(request: HttpRequest) -> HttpResponse:
    pairs = find_duplicates()
    asked = [pair for pair in pairs if not pair.is_told_apart]
    page = Paginator(asked, PAIRS_A_PAGE).get_page(request.GET.get("p"))
    context = {"page": page, "told_apart": [pair for pair in pairs if pair.is_told_apart]}
    title = _("Persons who may be in twice")
    return render_task(request, "admin/person_duplicates.html", None, title, context)


@coordinator_page(*MAY_MERGE)
@require_POST
def person_tell_apart(request: HttpRequest, kept_pk: int, merged_pk: int) -> HttpResponse:
    """The pair is not one person; with `listed`, it is asked of again."""
    people = Participant.objects.in_bulk([kept_pk, merged_pk])
    if len(people) < 2:
        raise Http404
    one, two = people[kept_pk], people[merged_pk]
    if request.POST.get("listed"):
        take_back(one, two)
        text, told = _("%(one)s and %(two)s are listed again."), _("Listed again beside %(other)s.")
    else:
        tell_apart(one, two, by=user_of(request), at=timezone.now())
        text = _("%(one)s and %(two)s are two people: they are not listed any more.")
        told = _("Is not the same person as %(other)s.")
    for person, other in ((one, two), (two, one)):
        _write(request, person, told % {"other": f"{other.pk}, {other}"})
    messages.success(request, text % {"one": one, "two": two})
    return redirect("person_duplicates")


@coordinator_page(*MAY_MERGE)
@require_http_methods(["GET", "HEAD", "POST"])
def person_merge(request: HttpRequest, kept_pk: int, merged_pk: int) -> HttpResponse:
    """Shows what would become of both, asks what differs, and merges when all is answered."""
    people = Participant.objects.select_related("user", "facility").in_bulk([kept_pk, merged_pk])
    if len(people) < 2:
        return _already(request, kept_pk, merged_pk)
    plan = MergePlan.of(people[kept_pk], people[merged_pk])
    form = MergeForm(plan, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _page(request, form, status=422 if form.errors else 200)
    try:
        kept = merge(
            kept_pk,
            merged_pk,
            form.answers(),
            fingerprint=form.cleaned_data["fingerprint"],
            by=user_of(request),
            at=timezone.now(),
        )
    except ValidationError as error:
        return _refused(request, error, kept_pk, merged_pk, form)
    _write_down(request, kept, people[merged_pk])
    messages.success(request, _("Both are one person now: %(person)s.") % {"person": kept})
    return redirect("admin:participants_participant_change", kept.pk)


def _page(request: HttpRequest, form: MergeForm, *, status: int) -> HttpResponse:
    context = {"plan": form.plan, "form": form}
    title = _("Merge two records")
    return render_task(request, "admin/person_merge.html", None, title, context, status=status)


def _already(request: HttpRequest, kept_pk: int, merged_pk: int) -> HttpResponse:
    """Of a page that was open, or a second click: leads to the one record that there is."""
    found = None
    for pk in (merged_pk, kept_pk):
        found = found or merged_into(pk)
    if found is None:
        raise Http404
    messages.info(request, _("They were merged already: %(person)s.") % {"person": found})
    return redirect("admin:participants_participant_change", found.pk)


def _refused(
    request: HttpRequest, error: ValidationError, kept_pk: int, merged_pk: int, form: MergeForm
) -> HttpResponse:
    """What changed meanwhile is shown anew, with the answers that are still asked for."""
    if getattr(error, "code", "") == "gone":
        return _already(request, kept_pk, merged_pk)
    people = Participant.objects.select_related("user", "facility").in_bulk([kept_pk, merged_pk])
    plan = MergePlan.of(people[kept_pk], people[merged_pk])
    data = request.POST.copy()
    data["fingerprint"] = plan.fingerprint
    anew = MergeForm(plan, data)
    anew.is_valid()
    for text in error.messages:
        anew.add_error(None, text)
    return _page(request, anew, status=409)


def _write_down(request: HttpRequest, kept: Participant, merged: Participant) -> None:
    """In the history of the one that stays; its versions have the old and new values."""
    told = _("Merged with the record %(number)d, %(person)s.")
    _write(request, kept, told % {"number": merged.pk, "person": merged})


def _write(request: HttpRequest, person: Participant, message: str) -> None:
    LogEntry.objects.log_actions(
        user_id=str(user_of(request).pk),
        queryset=[person],
        action_flag=CHANGE,
        change_message=message,
        single_object=True,
    )
