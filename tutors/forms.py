from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from participants.models import EditionOutcome, ModuleCompletion
from participants.notes import IS_NO_NUMBER, NOTE_HELP, NUMBER_WARNING, holds_document_number
from participants.progress import Decision


class DecisionForm(forms.Form):
    """Decides for one person. What the page showed as decided travels along."""

    outcome = forms.ChoiceField(
        label=_("Outcome"), choices=ModuleCompletion.Outcome.choices, widget=forms.RadioSelect
    )
    override_reason = forms.ChoiceField(
        label=_("Reason of the exception"),
        choices=[("", _("None: the rule is followed")), *ModuleCompletion.Override.choices],
        required=False,
    )
    override_note = forms.CharField(
        label=_("Note"), max_length=255, required=False, help_text=NOTE_HELP
    )
    is_no_number = forms.BooleanField(label=IS_NO_NUMBER, required=False, widget=forms.HiddenInput)
    based_on = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, decision: Decision | EditionOutcome | None = None, **kwargs: Any
    ) -> None:
        if decision is not None:
            kwargs["initial"] = {
                "outcome": decision.outcome,
                "override_reason": decision.override_reason,
                "override_note": decision.override_note,
                "based_on": decision.decided_at.isoformat(),
            }
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """What looks like a document number is asked about once, and then kept."""
        data = super().clean() or {}
        if holds_document_number(data.get("override_note", "")):
            self.fields["is_no_number"].widget = forms.CheckboxInput()
            if not data.get("is_no_number"):
                self.add_error("override_note", NUMBER_WARNING)
        return data

    def show_again_after(self, decision: Decision | EditionOutcome | None) -> None:
        """Someone else decided meanwhile: what is sent next is based on that decision."""
        based_on = decision.decided_at.isoformat() if decision else ""
        self.data = {**self.data.dict(), "based_on": based_on}  # type: ignore[attr-defined]
