"""An edition that takes applications today, with a queue of them to review."""

import datetime as dt

from django.utils import timezone

from courses.models import Cohort
from participants.application_form import NOTICE_VERSION
from participants.models import Application, Facility, Participant
from trainingprog.demo.people import invented_participants

REQUIREMENTS = """Trabajar en un Centro de Salud Mental Comunitario o en un MAMIS.
Contar con la autorización de la jefatura del establecimiento.
Disponer de cuatro horas a la semana durante las 18 semanas lectivas."""
SHARED = {field.name for field in Participant._meta.fields} - {"id", "user"}


def open_call(cohort: Cohort, *, at: dt.datetime) -> None:
    """Opened ten days ago, for a month."""
    cohort.status = Cohort.Status.OPEN
    cohort.applications_open_at = at - dt.timedelta(days=10)
    cohort.applications_close_at = at + dt.timedelta(days=20)
    cohort.requirements_es = REQUIREMENTS
    cohort.save()


def fill_queue(cohort: Cohort, *, after: int, count: int, at: dt.datetime) -> None:
    """`count` confirmed applications of people who come after the first `after` invented ones."""
    facilities = list(Facility.objects.order_by("renipress"))
    people = invented_participants(after + count, facilities)[after:]
    Application.objects.bulk_create(
        _application(cohort, person, at - dt.timedelta(hours=3 * number))
        for number, person in enumerate(people, 1)
    )


def _application(cohort: Cohort, person: Participant, sent: dt.datetime) -> Application:
    own = {field.name for field in Application._meta.fields}
    return Application(
        cohort=cohort,
        status=Application.Status.CONFIRMED,
        notice_version=NOTICE_VERSION,
        notice_accepted_at=sent,
        started_at=sent,
        saved_at=sent,
        submitted_at=sent,
        confirmed_at=sent + dt.timedelta(minutes=5),
        **{name: getattr(person, name) for name in SHARED & own},
    )


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), timezone.get_default_timezone())
