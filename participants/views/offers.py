"""The page of an offered place, opened by the mail's link: GET shows, POST answers."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from participants.models import Offer
from participants.waiting_list import accept_offer, decline_offer, lapse_offers

ANSWERS = {"accept": accept_offer, "decline": decline_offer}


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the link may answer, as with a letter; what it opens is the answer alone."""
    found = _offer(token)
    answer = ANSWERS.get(request.POST.get("answer", ""))
    if request.method == "POST" and answer is not None:
        at = timezone.now()
        try:
            answer(token, at=at)
        except ValidationError:
            # Too late, or answered in another tab: the page says how it stands.
            lapse_offers(at=at)
            return render(request, "participants/offer.html", _standing(_offer(token)), status=409)
        return redirect("participants:offer", token)
    context = _standing(found)
    return render(
        request, "participants/offer.html", context, status=200 if context["is_known"] else 410
    )


def _offer(token: str) -> Offer:
    offers = Offer.objects.select_related("enrollment__cohort__program")
    try:
        return offers.get(token=token)
    except Offer.DoesNotExist:
        raise Http404 from None


def _standing(found: Offer) -> dict[str, Any]:
    is_lapsed = not found.answer and found.expires_at <= timezone.now()
    return {
        "offer": found,
        "cohort": found.enrollment.cohort,
        "is_open": not found.answer and not is_lapsed,
        "is_accepted": found.answer == Offer.Answer.ACCEPTED,
        "is_declined": found.answer == Offer.Answer.DECLINED,
        "is_known": not is_lapsed
        and found.answer not in (Offer.Answer.LAPSED, Offer.Answer.REVOKED),
    }
