"""The mail of a decision: that there is one, never why; once for each decision."""

from django.tasks import task

from participants.application_mail import send_mail
from participants.models import Application


@task
def tell_decisions(application_ids: list[int]) -> None:
    """One mail a person, each a task of its own: one that fails holds up no other."""
    decided = Application.objects.filter(
        pk__in=application_ids, status__in=Application.DECIDED
    ).order_by("pk")
    for pk, status in decided.values_list("pk", "status"):
        tell_decision.enqueue(pk, status)


@task
def tell_decision(application_id: int, status: str) -> None:
    """Notes the mail before it is sent: of two tasks at once, one sends it."""
    rows = Application.objects.filter(pk=application_id, status=status)
    before = rows.values_list("told", flat=True).first()
    if before is None or not rows.exclude(told=status).update(told=status):
        return
    try:
        application = rows.select_related("cohort").get()
        send_mail(application, "application_decision", {"outcome": status})
    except Exception:
        # The task fails and may be run again: it must not take the mail for sent.
        rows.update(told=before)
        raise
