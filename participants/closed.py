"""What is closed changes no more: one answer for whoever writes in a module or an edition."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from courses.models import Cohort, CohortModule


def why_closed(cohort: Cohort, cohort_module: CohortModule | None = None) -> ValidationError | None:
    """Why nothing is written: the module, which comes with its own, or the edition is closed."""
    if cohort_module is not None and cohort_module.closed_at is not None:
        return ValidationError(
            _("The module “%(module)s” is closed; nothing in it changes any more.")
            % {"module": cohort_module.module.title},
            code="closed",
        )
    if cohort.status == Cohort.Status.CLOSED:
        return ValidationError(
            _("The edition %(code)s is closed.") % {"code": cohort.code}, code="closed"
        )
    return None
