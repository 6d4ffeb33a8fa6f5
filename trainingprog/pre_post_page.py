"""The coordinator's page of a pre-test and its post-test, and its tables for the donor."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from courses.models import Assessment, Cohort
from participants.pre_post import PrePost, linked_post_tests
from participants.pre_post_export import PrePostSheet
from trainingprog.coordinator_pages import coordinator_page, render_task, user_of
from trainingprog.downloads import CSV, XLSX, file_response, write_down
from trainingprog.pre_post_picture import picture

MAY_SEE = ("participants.view_score", "participants.view_enrollment")
MAY_LINK_TESTS = ("courses.change_assessment", "courses.add_assessment", "courses.view_cohort")


@coordinator_page(*MAY_SEE)
@require_safe
def edition_pre_post(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    tests = linked_post_tests(cohort)
    chosen = _chosen(request, tests)
    results = PrePost.of(chosen) if chosen else None
    context = {
        "tests": tests,
        "chosen": chosen,
        "results": results,
        "can_link_tests": request.user.has_perms(MAY_LINK_TESTS),
        "picture": picture(results) if results and results.is_shown else None,
    }
    return render_task(request, "admin/pre_post.html", cohort, _("Pre-test and post-test"), context)


@coordinator_page(*MAY_SEE)
@require_GET
def edition_pre_post_xlsx(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    sheet = _logged_sheet(request, cohort, "xlsx")
    return file_response(sheet.as_xlsx(), _name(cohort, "xlsx"), XLSX)


@coordinator_page(*MAY_SEE)
@require_GET
def edition_pre_post_csv(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    sheet = _logged_sheet(request, cohort, "csv")
    return file_response(sheet.as_csv(), _name(cohort, "csv"), CSV)


def _chosen(request: HttpRequest, tests: list[Assessment]) -> Assessment | None:
    """The post-test that the address names, or else the first one, if there is any."""
    key = request.GET.get("prueba", "")
    if not key:
        return tests[0] if tests else None
    for test in tests:
        if str(test.pk) == key:
            return test
    raise Http404


def _logged_sheet(request: HttpRequest, cohort: Cohort, kind: str) -> PrePostSheet:
    chosen = _chosen(request, linked_post_tests(cohort))
    if chosen is None:
        raise Http404
    results = PrePost.of(chosen)
    told = _("Took the results of “%(test)s” as .%(kind)s: %(pairs)d pairs.")
    values = {"test": chosen, "kind": kind, "pairs": results.summary.n}
    write_down(user_of(request), cohort, told % values)
    return PrePostSheet.of(results)


def _name(cohort: Cohort, kind: str) -> str:
    return f"entrada-y-salida-{cohort.code}-{timezone.localdate():%Y-%m-%d}.{kind}"
