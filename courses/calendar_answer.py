"""How a calendar program is answered: the whole calendar, or that nothing changed.

Programs ask every few hours for ever. Whether anything changed is asked of the sessions' history,
where a session that was dropped has its row too, before any session is read.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterable

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import get_language

from courses.calendar_feed import CONTENT_TYPE, calendar_text
from courses.models import Session

# Grows with every change of the text that is made of the same sessions.
FORMAT = 1


def answer(
    request: HttpRequest,
    sessions: Iterable[Session],
    *,
    cohorts: Collection[int],
    scope: Iterable[object],
    changed: Iterable[dt.datetime | None],
    page_of: Callable[[Session], str],
) -> HttpResponse:
    """304 where the program has this state already, else the calendar.

    `scope` is what decides which sessions these are (enrollments, assignments), and `changed` when
    it last did; `sessions` is read only if it must be.
    """
    latest = Session.history.filter(cohort_id__in=cohorts).aggregate(
        change=Max("history_id"), date=Max("history_date")
    )
    state = [FORMAT, get_language(), request.get_host(), latest["change"], *scope]
    etag = f'"{hashlib.sha256(repr(state).encode()).hexdigest()[:32]}"'
    dates = [date for date in (latest["date"], *changed) if date is not None]
    modified = max(dates).timestamp() if dates else None
    response = get_conditional_response(
        request, etag=etag, last_modified=None if modified is None else int(modified)
    )
    if response is None:
        text = calendar_text(sessions, page_of=page_of)
        response = HttpResponse(text, content_type=CONTENT_TYPE)
        response["Content-Disposition"] = 'inline; filename="ensap.ics"'
    response["ETag"] = etag
    if modified is not None:
        response["Last-Modified"] = http_date(modified)
    response["Cache-Control"] = "private, max-age=0, must-revalidate"
    response["X-Robots-Tag"] = "noindex"
    return response


def file_response(session: Session, *, page: str) -> HttpResponse:
    """One session, to be added to a calendar by hand."""
    response = HttpResponse(
        calendar_text([session], page_of=lambda _session: page), content_type=CONTENT_TYPE
    )
    response["Content-Disposition"] = f'attachment; filename="ensap-{session.pk}.ics"'
    response["Cache-Control"] = "private, no-store"
    return response
