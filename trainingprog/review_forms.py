"""The places of each region, or of each service, in one form."""

from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from courses.models import Cohort
from participants.models import Quota, Region, Service


class QuotaForm(forms.Form):
    """One field a value, named for it; an empty one has no quota."""

    def __init__(self, *args: Any, cohort: Cohort, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cohort = cohort
        choices: dict[str, Any] = {
            Cohort.QuotaBy.REGION: Region.choices,
            Cohort.QuotaBy.SERVICE: Service.choices,
        }
        known = dict(Quota.objects.filter(cohort=cohort).values_list("value", "places"))
        for value, label in choices.get(cohort.quota_by, []):
            self.fields[value] = forms.IntegerField(
                label=label,
                required=False,
                min_value=0,
                max_value=9999,
                initial=known.get(value),
                error_messages={"invalid": _("Write a whole number, or leave it empty.")},
            )

    @transaction.atomic
    def save(self) -> None:
        """Locked by the edition's row against another save at once."""
        cohort = Cohort.objects.select_for_update().get(pk=self.cohort.pk)
        Quota.objects.filter(cohort=cohort).delete()
        Quota.objects.bulk_create(
            Quota(cohort=cohort, value=value, places=places)
            for value, places in self.cleaned_data.items()
            if places is not None
        )
