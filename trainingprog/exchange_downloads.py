"""An edition's people for other systems: OneRoster 1.2 and Moodle, each taking written down."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from courses.models import Cohort
from trainingprog.coordinator_pages import coordinator_page, user_of
from trainingprog.downloads import CSV, ZIP, file_response, write_down
from trainingprog.moodle_upload import MoodleUpload
from trainingprog.oneroster import OneRosterPackage

MAY_TAKE_PEOPLE = ("participants.view_enrollment", "participants.view_participant")


@coordinator_page(*MAY_TAKE_PEOPLE)
@require_GET
def edition_oneroster(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = _cohort(pk)
    package = OneRosterPackage.of(cohort)
    content = package.as_zip()
    told = ngettext(
        "Took the people in OneRoster 1.2: %(people)d person.",
        "Took the people in OneRoster 1.2: %(people)d people.",
        package.people,
    )
    write_down(user_of(request), cohort, told % {"people": package.people})
    return file_response(content, _name(cohort, "oneroster", "zip"), ZIP)


@coordinator_page(*MAY_TAKE_PEOPLE)
@require_GET
def edition_moodle(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = _cohort(pk)
    upload = MoodleUpload.of(cohort)
    told = ngettext(
        "Took the people for Moodle: %(people)d person.",
        "Took the people for Moodle: %(people)d people.",
        len(upload.rows),
    )
    write_down(user_of(request), cohort, told % {"people": len(upload.rows)})
    return file_response(upload.as_csv(), _name(cohort, "moodle", "csv"), CSV)


def _cohort(pk: int) -> Cohort:
    return get_object_or_404(Cohort.objects.select_related("program"), pk=pk)


def _name(cohort: Cohort, what: str, kind: str) -> str:
    return f"{what}-{cohort.code}-{timezone.localdate():%Y-%m-%d}.{kind}"
