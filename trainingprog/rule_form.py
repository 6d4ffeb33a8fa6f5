"""What a coordinator writes as a rule's draft, and what is said when it is published."""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.models import Assessment, Cohort, CohortModule, CompletionRule
from participants.completion_rules import first_asks, publish, publish_all, save_draft
from participants.grades import hundredths_of, shown
from participants.rules_in_force import Demands
from participants.written_scores import read_score


def _field(name: str, **options: Any) -> Any:
    return CompletionRule._meta.get_field(name).formfield(**options)  # type: ignore[union-attr]


class MinimumField(forms.CharField):
    """From 0 to 20, with a comma or a point; empty where it is not asked for."""

    def __init__(self, **options: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "size": 6}
        super().__init__(required=False, widget=forms.TextInput(attrs=attrs), **options)

    def prepare_value(self, value: Any) -> Any:
        return shown(hundredths_of(value)) if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            found = read_score(text)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if found is None:
            raise ValidationError(_("Write a minimum from 0 to 20, or leave it empty."))
        return found


class ModuleChoice(forms.ModelMultipleChoiceField):
    widget = forms.CheckboxSelectMultiple


class RuleForm(forms.Form):
    """Of the draft, or where there is none of what the next one starts from.

    `based_on` is when the draft was edited that the page showed, which writes it itself: also where
    what was sent is refused it is that of the draft as it is by then.
    """

    minimum_attendance_percent = _field("minimum_attendance_percent", max_value=100)
    attendance_base = _field("attendance_base")
    minimum_average = MinimumField(
        label=CompletionRule._meta.get_field("minimum_average").verbose_name,
        help_text=CompletionRule._meta.get_field("minimum_average").help_text,
    )
    requires_sign_off = _field("requires_sign_off")
    requires_make_ups = _field("requires_make_ups")
    requires_competency_ratings = _field("requires_competency_ratings")
    prerequisites = ModuleChoice(
        label=gettext_lazy("modules that have to be completed"),
        queryset=CohortModule.objects.none(),
        required=False,
    )
    based_on = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any,
        *,
        cohort: Cohort,
        cohort_module: CohortModule | None,
        rule: Demands | None,
        modules: list[CohortModule],
    ) -> None:
        super().__init__(data)
        self.cohort, self.cohort_module = cohort, cohort_module
        others = [each for each in modules if each != cohort_module]
        self._set_modules(others)
        if cohort_module is None:
            del self.fields["requires_sign_off"]
        else:
            # The end of the edition is when they are rated: it asks for them, not its modules.
            del self.fields["requires_competency_ratings"]
        self.assessments = self._assessments()
        for each in self.assessments:
            self.fields[f"score_{each.pk}"] = MinimumField(
                label=_("minimum in “%(title)s”") % {"title": each.title},
                help_text=str(each.cohort_module or "") if cohort_module is None else "",
            )
        self.initial = self._initial(rule, others)

    def _set_modules(self, others: list[CohortModule]) -> None:
        if not others:
            del self.fields["prerequisites"]
            return
        field = self.fields["prerequisites"]
        field.queryset = CohortModule.objects.filter(cohort=self.cohort)  # type: ignore[attr-defined]
        field.choices = [(each.pk, str(each)) for each in others]  # type: ignore[attr-defined]

    def _assessments(self) -> list[Assessment]:
        """The module's own; for the edition all of them."""
        own = Assessment.objects.filter(cohort=self.cohort).select_related("cohort_module__module")
        if self.cohort_module is not None:
            own = own.filter(cohort_module=self.cohort_module)
        return list(own)

    def _initial(self, rule: Demands | None, others: list[CohortModule]) -> dict[str, Any]:
        """A first rule of an edition asks for all its modules."""
        if rule is None:
            found = first_asks(self.cohort, self.cohort_module)
            found["prerequisites"] = [] if self.cohort_module else [each.pk for each in others]
            return found
        found = {name: getattr(rule, name) for name in CompletionRule.ASKS}
        found["prerequisites"] = list(rule.prerequisites)
        return found | {f"score_{pk}": minimum for pk, minimum in rule.scores.items()}

    def minimums(self) -> list[Any]:
        return [self[f"score_{each.pk}"] for each in self.assessments]

    def save(self, *, by: Any, at: dt.datetime) -> CompletionRule:
        data = self.cleaned_data
        asks = {name: data.get(name, False) for name in CompletionRule.ASKS}
        scores = {each.pk: data[f"score_{each.pk}"] for each in self.assessments}
        return save_draft(
            self.cohort,
            self.cohort_module,
            asks,
            scores={pk: minimum for pk, minimum in scores.items() if minimum is not None},
            prerequisites=[each.pk for each in data.get("prerequisites", ())],
            based_on=data["based_on"],
            by=by,
            at=at,
        )


class PublicationForm(forms.Form):
    """From which day drafts hold, and why; a first version needs no reason."""

    effective_on = forms.DateField(
        label=gettext_lazy("in force from"),
        help_text=gettext_lazy(
            "Until then the version before decides; before the first, nothing is decided."
        ),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reason = _field("reason")

    def __init__(self, data: Any, *, drafts: Collection[CompletionRule], today: dt.date) -> None:
        super().__init__(data, prefix="publish")
        if any(draft.version > 1 for draft in drafts):
            self.initial["effective_on"] = today
            return
        self.initial["effective_on"] = min([today, *(draft.cohort.starts_on for draft in drafts)])
        del self.fields["reason"]


class PublishForm(PublicationForm):
    """One draft; `based_on` says of the one that the page showed when it was edited."""

    based_on = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, draft: CompletionRule, today: dt.date) -> None:
        super().__init__(data, drafts=[draft], today=today)
        self.draft = draft

    def publish(self, *, by: Any, at: dt.datetime) -> CompletionRule:
        data = self.cleaned_data
        return publish(
            self.draft,
            effective_on=data["effective_on"],
            reason=data.get("reason", ""),
            based_on=data["based_on"],
            by=by,
            at=at,
        )


class PublishAllForm(PublicationForm):
    """All drafts of an edition; `seen` says of each that the page showed when it was edited."""

    seen = forms.Field(required=False, widget=forms.MultipleHiddenInput)

    def __init__(
        self, data: Any, *, cohort: Cohort, drafts: Collection[CompletionRule], today: dt.date
    ) -> None:
        super().__init__(data, drafts=drafts, today=today)
        self.cohort = cohort

    def clean_seen(self) -> dict[int, dt.datetime | None]:
        try:
            pairs = [each.partition(" ") for each in self.cleaned_data["seen"]]
            return {
                int(pk): dt.datetime.fromisoformat(at) if at else None for pk, _space, at in pairs
            }
        except ValueError as error:
            raise ValidationError(_("Look at the drafts and publish again.")) from error

    def publish(self, *, by: Any, at: dt.datetime) -> list[CompletionRule]:
        data = self.cleaned_data
        return publish_all(
            self.cohort,
            data["seen"],
            effective_on=data["effective_on"],
            reason=data.get("reason", ""),
            by=by,
            at=at,
        )
