"""The coordinator's page of an edition's groups: propose, look, move one person, save."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from courses.models import Cohort, SessionPattern
from participants.models import Enrollment
from trainingprog.coordinator_pages import coordinator_page, render_task
from trainingprog.plain_select import PlainSelect
from tutors.grouping import Arrangement, GroupPlan, active_members, form_groups, propose
from tutors.models import Tutor
from tutors.substituting import GroupTutors, group_tutors

MOST_GROUPS = 60
# Offered only where there is nobody yet: a person or a tutor is replaced, never just taken away.
NOBODY = ("", "—")


class ProposalForm(forms.Form):
    groups = forms.IntegerField(
        label=gettext_lazy("Number of groups"), min_value=1, max_value=MOST_GROUPS
    )
    arrangement = forms.ChoiceField(label=gettext_lazy("Arrangement"), choices=Arrangement.choices)


class MembersForm(forms.Form):
    """A group for each person and a tutor for each group; what was seen travels along."""

    on = forms.DateField(
        label=gettext_lazy("Changes count from"),
        help_text=gettext_lazy(
            "Who already has marks in a group keeps them; the new group counts from this day."
        ),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, plan: GroupPlan, tutors: dict[int, int | None], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.plan = plan
        numbers = [(number, str(number)) for number in range(1, plan.group_count + 1)]
        for enrollment in plan.enrollments:
            number = plan.numbers.get(enrollment.pk)
            self.fields[f"member_{enrollment.pk}"] = forms.TypedChoiceField(
                label=_("Group of %(person)s") % {"person": enrollment.participant},
                choices=numbers if number else [NOBODY, *numbers],
                coerce=int,
                empty_value=None,
                required=number is not None,
                initial=number,
                widget=PlainSelect,
            )
            self.fields[f"seen_{enrollment.pk}"] = forms.IntegerField(
                required=False,
                widget=forms.HiddenInput,
                initial=enrollment.group.number if enrollment.group else None,
            )
        people = [(tutor.pk, str(tutor)) for tutor in Tutor.objects.all()]
        for number, _label in numbers:
            present = tutors.get(number)
            self.fields[f"tutor_{number}"] = forms.TypedChoiceField(
                label=_("Tutor of group %(number)d") % {"number": number},
                choices=people if present else [NOBODY, *people],
                coerce=int,
                empty_value=None,
                required=present is not None,
                initial=present,
                widget=PlainSelect,
            )

    def values(self, prefix: str) -> dict[int, Any]:
        start = f"{prefix}_"
        return {
            int(name.removeprefix(start)): value
            for name, value in self.cleaned_data.items()
            if name.startswith(start)
        }

    def save(self, *, by: Any) -> int:
        members = self.values("member")
        return form_groups(
            self.plan.cohort,
            {key: number for key, number in members.items() if number is not None},
            tutors={n: tutor for n, tutor in self.values("tutor").items() if tutor is not None},
            seen=self.values("seen"),
            by=by,
            on=self.cleaned_data["on"],
        )


@dataclass(frozen=True)
class GroupCard:
    number: int
    tutor: forms.BoundField
    standing: GroupTutors | None
    members: list[tuple[Enrollment, forms.BoundField, forms.BoundField]]
    regions: list[tuple[str, int]]
    professions: list[tuple[str, int]]


@coordinator_page("participants.change_enrollment", "tutors.change_tutorassignment")
@require_http_methods(["GET", "HEAD", "POST"])
def edition_groups(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    today = timezone.localdate()
    proposal = ProposalForm(request.GET or None, initial=_usual_proposal(cohort))
    plan = _plan(cohort, proposal)
    standings = {each.group.number: each for each in group_tutors(cohort, today=today)}
    form = MembersForm(
        request.POST or None,
        plan=plan,
        tutors=_tutors(standings.values()),
        initial={"on": min(max(today, cohort.starts_on), cohort.ends_on)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            changed = form.save(by=request.user)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            told = ngettext("%d person changed group.", "%d people changed group.", changed)
            messages.success(request, told % changed)
            if _awaits_sessions(cohort):
                messages.info(
                    request,
                    _("The sessions of each group are created when the timetable is applied anew."),
                )
            return redirect("edition_groups", pk=cohort.pk)
    return render_task(
        request,
        "admin/edition_groups.html",
        cohort,
        _("Groups"),
        {
            "proposal": proposal,
            "is_proposal": proposal.is_bound and proposal.is_valid(),
            "form": form,
            "cards": [
                _card(form, number, standings.get(number))
                for number in range(1, plan.group_count + 1)
            ],
            "ungrouped": _rows(form, [e for e in plan.enrollments if e.pk not in plan.numbers]),
        },
        status=400 if form.errors or proposal.errors else 200,
    )


def _awaits_sessions(cohort: Cohort) -> bool:
    """Whether a group's pattern in use has not yet its sessions for every group."""
    groups = cohort.groups.count()
    return (
        cohort.patterns.filter(audience=SessionPattern.Audience.GROUP, is_active=True)
        .annotate(served=Count("sessions__group", distinct=True))
        .filter(served__lt=groups)
        .exists()
    )


def _usual_proposal(cohort: Cohort) -> dict[str, Any]:
    return {"groups": cohort.groups.count() or 10, "arrangement": Arrangement.SPREAD}


def _plan(cohort: Cohort, proposal: ProposalForm) -> GroupPlan:
    """The proposal asked for; without one, the groups as they are."""
    if proposal.is_bound and proposal.is_valid():
        try:
            return propose(
                cohort,
                proposal.cleaned_data["groups"],
                Arrangement(proposal.cleaned_data["arrangement"]),
            )
        except ValidationError as error:
            proposal.add_error("groups", error)
    members = active_members(cohort)
    numbers = {e.pk: e.group.number for e in members if e.group}
    highest = cohort.groups.order_by("-number").values_list("number", flat=True).first()
    return GroupPlan(cohort, members, numbers, highest or 0)


def _tutors(standings: Iterable[GroupTutors]) -> dict[int, int | None]:
    """Group number → the regular tutor, also one who begins later; never a substitute, whom saving
    the page would else make the regular one."""
    return {each.group.number: each.regular[-1].tutor_id for each in standings if each.regular}


def _rows(
    form: MembersForm, people: list[Enrollment]
) -> list[tuple[Enrollment, forms.BoundField, forms.BoundField]]:
    return [(e, form[f"member_{e.pk}"], form[f"seen_{e.pk}"]) for e in people]


def _card(form: MembersForm, number: int, standing: GroupTutors | None) -> GroupCard:
    members = list(form.plan.members_of(number))
    regions = Counter(e.facility.get_region_display() if e.facility else "—" for e in members)
    professions = Counter(e.get_profession_display() for e in members)
    return GroupCard(
        number,
        form[f"tutor_{number}"],
        standing,
        _rows(form, members),
        regions.most_common(),
        professions.most_common(),
    )
