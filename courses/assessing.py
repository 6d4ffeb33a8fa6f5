"""What an edition assesses, taken over from an earlier one."""

import datetime as dt

from django.db import transaction

from courses.models import Assessment, Cohort, CohortModule


@transaction.atomic
def copy_assessments(source: Cohort, target: Cohort) -> int:
    """Those of `source` that `target` lacks, by module and title; how many were copied.

    Due dates keep their distance from the first day. What belongs to a module that `target` does
    not have, or that is closed in it, stays behind. Again, it copies nothing.
    """
    Cohort.objects.select_for_update(no_key=True).order_by().values_list("pk").get(pk=target.pk)
    hold_modules(target)
    modules = {
        each.module_id: each for each in target.cohort_modules.filter(closed_at__isnull=True)
    }
    known = {(each.cohort_module_id, each.title): each for each in target.assessments.all()}
    later = target.starts_on - source.starts_on
    copied: dict[int, Assessment] = {}
    new = 0
    # A pre-test before the post-test that names it.
    rows = source.assessments.select_related("cohort_module").order_by("pk")
    for each in sorted(rows, key=lambda row: row.pre_test_id is not None):
        module = each.cohort_module and modules.get(each.cohort_module.module_id)
        if each.cohort_module is not None and module is None:
            continue
        key = (module.pk if module else None, each.title)
        if key in known:
            copied[each.pk] = known[key]
            continue
        pre_test = copied.get(each.pre_test_id or 0)
        is_free = pre_test is not None and not hasattr(pre_test, "post_test")
        copied[each.pk] = Assessment.objects.create(
            cohort=target,
            cohort_module=module,
            kind=each.kind,
            title=each.title,
            weight=each.weight,
            due_on=_moved(each.due_on, later),
            attempts=each.attempts,
            pre_test=pre_test if is_free else None,
        )
        new += 1
    return new


def hold_modules(cohort: Cohort | int) -> None:
    """None of the edition's modules is closed until the transaction ends. Whoever holds assessments
    too takes those first."""
    modules = CohortModule.objects.select_for_update(no_key=True).filter(cohort=cohort)
    list(modules.order_by("pk").values_list("pk"))


def _moved(day: dt.date | None, by: dt.timedelta) -> dt.date | None:
    return day + by if day else None
