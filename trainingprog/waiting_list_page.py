"""The coordinator's page of an edition's waiting list: who is next, who has an offer until when."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from courses.models import Cohort
from participants.models import Enrollment, Offer
from participants.places import places_left
from participants.quota_places import QuotaPlaces
from participants.waiting_list import OFFERS_IN, lapse_offers, offer_places
from trainingprog.coordinator_pages import coordinator_page, render_task, user_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """`is_passed_over`: the quota is full, so that no place can be offered."""

    enrollment: Enrollment
    offer: Offer | None
    is_passed_over: bool


@coordinator_page("participants.change_enrollment")
@require_http_methods(["GET", "HEAD", "POST"])
def edition_waiting_list(request: HttpRequest, pk: int) -> HttpResponse:
    cohort = get_object_or_404(Cohort, pk=pk)
    now = timezone.now()
    if request.method == "POST":
        lapse_offers(at=now)
        offers = offer_places(cohort, at=now, by=user_of(request))
        text = ngettext("%(count)d place is offered.", "%(count)d places are offered.", len(offers))
        told = text % {"count": len(offers)} if offers else _("There is no place to offer.")
        messages.success(request, told)
        return redirect("edition_waiting_list", cohort.pk)
    rows = _rows(cohort)
    left = max(places_left(cohort), 0)
    can_offer = (
        cohort.status in OFFERS_IN
        and left
        and any(not row.offer and not row.is_passed_over for row in rows)
    )
    context = {"rows": rows, "left": left, "can_offer": can_offer, "now": now}
    return render_task(request, "admin/waiting_list.html", cohort, _("Waiting list"), context)


def _rows(cohort: Cohort) -> list[Waiting]:
    """Offers first, as they are earlier in rank; then who waits."""
    people = Enrollment.objects.for_cohort(cohort).filter(status__in=Enrollment.ON_THE_LIST)
    people = people.select_related("participant", "facility").order_by("waitlist_rank", "id")
    open_ones = Offer.objects.open().filter(enrollment__cohort=cohort)
    offers = {offer.enrollment_id: offer for offer in open_ones}
    quotas = QuotaPlaces.of(cohort)
    return [Waiting(each, offers.get(each.pk), not quotas.has_place_for(each)) for each in people]
