"""What a coordinator is asked for each step of an enrollment."""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.models import Cohort, Group
from participants.models import (
    EmploymentRegime,
    Enrollment,
    Facility,
    LeavingReason,
    Profession,
    Service,
)

BY_THE_SYSTEM = (LeavingReason.REFUSED_OFFER, LeavingReason.NO_ANSWER)


class StepForm(forms.Form):
    """Of one enrollment, on one day; the day proposed is today, or the enrollment's first."""

    on = forms.DateField(
        label=gettext_lazy("day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    days_label: Any = gettext_lazy("day")

    def __init__(self, data: Any, *, enrollment: Enrollment, today: dt.date) -> None:
        super().__init__(data, initial={"on": today})
        self.enrollment = enrollment
        if "on" in self.fields:
            self.fields["on"].label = self.days_label


class WithdrawForm(StepForm):
    days_label = gettext_lazy("last day")
    reason = forms.ChoiceField(label=gettext_lazy("reason"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [pair for pair in LeavingReason.choices if pair[0] not in BY_THE_SYSTEM]
        self.fields["reason"].choices = [("", "—"), *choices]  # type: ignore[attr-defined]


class ReinstateForm(StepForm):
    days_label = gettext_lazy("back since")


class EditionChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.code} · {obj.starts_on:%d/%m/%Y} – {obj.ends_on:%d/%m/%Y}"


class TransferForm(StepForm):
    days_label = gettext_lazy("last day in this edition")
    to_cohort = EditionChoice(label=gettext_lazy("to the edition"), queryset=None)
    field_order = ["to_cohort", "on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        open_ones = Cohort.objects.exclude(status=Cohort.Status.CLOSED)
        here = self.enrollment.cohort
        self.fields["to_cohort"].queryset = open_ones.exclude(  # type: ignore[attr-defined]
            pk=here.pk
        ).filter(program=here.program_id)


class GroupForm(StepForm):
    days_label = gettext_lazy("in the new group since")
    group: Any = forms.ModelChoiceField(label=gettext_lazy("group"), queryset=None)
    field_order = ["group", "on"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = Group.objects.filter(cohort=self.enrollment.cohort_id)
        self.fields["group"].queryset = groups  # type: ignore[attr-defined]


class PostForm(StepForm):
    days_label = gettext_lazy("from")
    facility = forms.CharField(
        label=gettext_lazy("RENIPRESS code"),
        max_length=8,
        required=False,
        help_text=gettext_lazy("8 digits, with its zeros."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    service = forms.ChoiceField(label=gettext_lazy("service"), choices=Service.choices)
    profession = forms.ChoiceField(label=gettext_lazy("profession"), choices=Profession.choices)
    regime = forms.ChoiceField(
        label=gettext_lazy("employment regime"), choices=EmploymentRegime.choices
    )

    def __init__(self, data: Any, *, enrollment: Enrollment, today: dt.date) -> None:
        super().__init__(data, enrollment=enrollment, today=today)
        self.initial = {
            **self.initial,
            "facility": enrollment.facility.renipress if enrollment.facility else "",
            "service": enrollment.service,
            "profession": enrollment.profession,
            "regime": enrollment.employment_regime,
        }

    def clean_facility(self) -> Facility | None:
        code = self.cleaned_data["facility"].strip()
        if not code:
            return None
        facility = Facility.objects.filter(renipress=code).first()
        if facility is None:
            raise ValidationError(_("No facility has this code."))
        return facility


class WaitlistForm(StepForm):
    """Nothing is asked: the place on the list is the last one, from now on."""

    on = None  # type: ignore[assignment]
