"""The questions of a set as one short form."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participants.models import Question
from participants.models.question_sets import LONGEST_TEXT
from participants.notes import IS_NO_NUMBER, NOTE_HELP, NUMBER_WARNING, holds_document_number

Kind = Question.Kind
SCALE = range(1, 6)


class SurveyForm(forms.Form):
    is_no_number = forms.BooleanField(label=IS_NO_NUMBER, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, questions: Iterable[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = {f"q{question.number}": question for question in questions}
        for name, question in self.questions.items():
            self.fields[name] = _field(question)

    @property
    def asked(self) -> list[tuple[Question, forms.BoundField]]:
        return [(question, self[name]) for name, question in self.questions.items()]

    @property
    def answers(self) -> dict[str, Any]:
        """What was answered, by the question's number; what was left out is not in it."""
        return {
            str(question.number): self.cleaned_data[name]
            for name, question in self.questions.items()
            if self.cleaned_data.get(name) not in (None, "")
        }

    def clean(self) -> dict[str, Any]:
        """What looks like a document number is asked about once, and then kept."""
        data = super().clean() or {}
        for name, question in self.questions.items():
            if question.kind != Kind.TEXT or not holds_document_number(data.get(name, "")):
                continue
            self.fields["is_no_number"].widget = forms.CheckboxInput()
            if not data.get("is_no_number"):
                self.add_error(name, NUMBER_WARNING)
        return data


def _field(question: Question) -> forms.Field:
    shared: dict[str, Any] = {
        "label": question.text,
        "required": question.is_required,
        "error_messages": {"required": gettext_lazy("Please answer this question.")},
    }
    if question.kind == Kind.TEXT:
        attrs = {"rows": 3, "class": "form-control"}
        return forms.CharField(
            max_length=LONGEST_TEXT,
            help_text=NOTE_HELP,
            widget=forms.Textarea(attrs=attrs),
            **shared,
        )
    return forms.TypedChoiceField(
        choices=_choices(question),
        coerce=(lambda value: value == "1") if question.kind == Kind.YES_NO else int,
        empty_value=None,
        widget=forms.RadioSelect,
        **shared,
    )


def _choices(question: Question) -> list[tuple[str, str]]:
    if question.kind == Kind.SCALE:
        return [(str(value), str(value)) for value in SCALE]
    if question.kind == Kind.YES_NO:
        return [("1", _("Yes")), ("0", _("No"))]
    return [(str(place), choice) for place, choice in enumerate(question.choices, 1)]
