"""Sessions as iCalendar (RFC 5545). It knows sessions only: who may read them is asked elsewhere.

Nothing here says what is taught, and no meeting link is in it: calendars are synchronised to
servers of others and shown on locked screens. The text depends on nothing but its arguments and
the language, so that the same sessions give the same bytes.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from functools import cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone

from courses.models import Modality, Session

CONTENT_TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//ENSAP//trainingprog//ES"
REFRESH = dt.timedelta(hours=4)
UID_DOMAIN = "sesiones.trainingprog"
# Peru has kept UTC-5 since 1994; an edition of 2100 is someone else's calendar.
ZONE_KNOWN = (dt.date(2000, 1, 1), dt.date(2100, 1, 1))


def calendar_text(sessions: Iterable[Session], *, page_of: Callable[[Session], str]) -> bytes:
    """`page_of` gives a session's page on our site, as a whole address."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", calendar_name())
    calendar.add("x-wr-calname", calendar_name())
    calendar.add("x-wr-timezone", timezone.get_default_timezone_name())
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT4H")
    calendar.add_component(_zone(timezone.get_default_timezone_name()))
    for session in sessions:
        calendar.add_component(_event(session, page_of(session)))
    return calendar.to_ical()


def calendar_name() -> str:
    return _("ENSAP training")


def neutral_title(session: Session) -> str:
    """What may stand on a locked screen: never the session's own title."""
    name = _("Training session") if session.group_id is None else _("Group meeting")
    return f"{name} {session.number}" if session.number else name


def _event(session: Session, page: str) -> Event:
    event = Event()
    event.add("uid", f"{session.uid}@{UID_DOMAIN}")
    event.add("sequence", session.sequence)
    event.add("dtstamp", session.changed_at.astimezone(dt.UTC))
    event.add("last-modified", session.changed_at.astimezone(dt.UTC))
    event.add("dtstart", timezone.localtime(session.starts_at))
    event.add("dtend", timezone.localtime(session.ends_at))
    event.add("summary", neutral_title(session))
    event.add("status", "CANCELLED" if session.is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if session.is_cancelled else "OPAQUE")
    event.add("class", "PRIVATE")
    event.add("url", page)
    event.add("description", "\n".join([*_notes(session), page]))
    if place := _place(session):
        event.add("location", place)
    return event


def _notes(session: Session) -> list[str]:
    if session.is_cancelled:
        return [_("This session was cancelled. The reason is on its page:")]
    notes = [_("Details and the way in are on its page:")]
    if session.moved_from is not None and session.moved_from != session.starts_at:
        before = date_format(timezone.localtime(session.moved_from), "d/m/Y H:i")
        notes.insert(0, _("Moved: it was on %(before)s.") % {"before": before})
    return notes


def _place(session: Session) -> str:
    """A venue in which someone wrote a link is left out: links open from our page only."""
    if session.modality == Modality.ONLINE:
        return _("Online")
    venue = session.venue.strip()
    return "" if "://" in venue or "www." in venue.lower() else venue


@cache
def _zone(name: str) -> Timezone:
    first, last = ZONE_KNOWN
    return Timezone.from_tzid(name, first_date=first, last_date=last)
