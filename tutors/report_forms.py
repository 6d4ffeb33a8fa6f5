"""What the page of a meeting's report asks: the file, its clock, and who is meant by a name."""

import hashlib
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from participants.meeting_reports.connections import Report, ReportError
from participants.meeting_reports.importing import digest_of
from participants.meeting_reports.matching import Caller, callers_of
from participants.meeting_reports.placing import ORDERS, SHIFTS, Placement
from participants.meeting_reports.planning import NOBODY, Question, ReportPlan
from participants.meeting_reports.reading import read_report
from participants.models import Enrollment
from participants.spreadsheets import MAX_BYTES

# A list of a whole edition under each name would be megabytes: there, only who is likely.
MOST_OFFERED = 40
REST = "mark_rest_absent"


class ReportForm(forms.Form):
    """The file is read here, in memory, so that what is wrong with it is said at its field."""

    file = forms.FileField(
        label=gettext_lazy("Attendance report"),
        help_text=gettext_lazy(
            "The .csv that Zoom, Microsoft Teams or Google Meet gives of one meeting, or the same "
            "saved as .xlsx. Nothing is written until you confirm, and the file is not kept."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.xlsx,.xls,.ods"}),
        error_messages={"empty": gettext_lazy("The file is empty. Choose the report.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.report: Report | None = None
        self.digest = ""

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        content = upload.read(MAX_BYTES + 1)
        try:
            self.report = read_report(content, upload.name)
        except ReportError as error:
            raise forms.ValidationError(str(error)) from error
        self.digest = digest_of(content)
        return upload


class ClockForm(forms.Form):
    """How the report writes its dates, and by how many hours its clock is put right."""

    order = forms.ChoiceField(
        choices=[("", ""), *((each, each) for each in ORDERS)], required=False
    )
    shift = forms.TypedChoiceField(
        choices=[(hours, hours) for hours in (0, *SHIFTS)], coerce=int, required=False
    )

    def clean_shift(self) -> int:
        return self.cleaned_data["shift"] or 0


class AnswersForm(forms.Form):
    """A choice for each caller in doubt. Who is likely stands first; nobody is chosen unasked."""

    def __init__(self, *args: Any, plan: ReportPlan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan = plan
        for question in (*plan.questions, *plan.strangers):
            self.fields[field_name(question.caller)] = forms.ChoiceField(
                label=question.caller.shown_name or question.caller.email,
                choices=self._choices(question),
                required=False,
                initial=str(question.answer or ""),
                help_text=ngettext("%(n)d minute", "%(n)d minutes", question.minutes)
                % {"n": question.minutes},
                widget=forms.Select(attrs={"class": "form-select"}),
            )
        if plan.rest:
            self.fields[REST] = forms.BooleanField(
                label=ngettext(
                    "Mark the person absent who is not in the report",
                    "Mark the %(n)d people absent who are not in the report",
                    len(plan.rest),
                )
                % {"n": len(plan.rest)},
                required=False,
                help_text=_(
                    "Further reports of the same meeting can still be sent: whoever is in them is "
                    "marked anew. Who has an accepted excuse is excused. Who may be meant by a "
                    "name in doubt is left unmarked."
                ),
                widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
            )

    def _choices(self, question: Question) -> list[tuple[str, Any]]:
        likely = {person.pk for person in question.people}
        others = [person for person in self.plan.ours if person.pk not in likely]
        choices: list[tuple[str, Any]] = [
            ("", _("Decide later") if question.is_likely else _("Nobody of the list"))
        ]
        choices += [(str(person.pk), _named(person)) for person in question.people]
        if question.is_likely:
            choices.append((NOBODY, _("None of them")))
        if others and len(self.plan.ours) <= MOST_OFFERED:
            choices.append((_("Someone else"), [(str(p.pk), _named(p)) for p in others]))
        return choices

    @property
    def in_doubt(self) -> list[forms.BoundField]:
        return [self[field_name(question.caller)] for question in self.plan.questions]

    @property
    def rest(self) -> forms.BoundField | None:
        return self[REST] if REST in self.fields else None

    @property
    def strangers(self) -> list[forms.BoundField]:
        return [self[field_name(question.caller)] for question in self.plan.strangers]


def field_name(caller: Caller) -> str:
    return f"who-{hashlib.sha256(caller.key.encode()).hexdigest()[:12]}"


def sent_answers(data: QueryDict, placement: Placement) -> dict[str, str]:
    """By the caller's key. Who is not of the own groups is left out when they are applied."""
    return {
        caller.key: answer
        for caller in callers_of(placement.placed)
        if (answer := data.get(field_name(caller), ""))
    }


def _named(person: Enrollment) -> str:
    """With the end of the document, as two may have the same name."""
    return f"{person.participant.sorting_name} · {person.participant.masked_document[-4:]}"
