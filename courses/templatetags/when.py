"""A moment as one would say it: tomorrow, Wednesday 18:00."""

import datetime as dt

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()


def day_in_words(day: dt.date, today: dt.date) -> str:
    """“today”, “tomorrow, Wednesday”, “Friday 20/03”; the year where it is another than today's."""
    weekday = date_format(day, "l")
    if day == today:
        return _("today")
    if day == today + dt.timedelta(days=1):
        return _("tomorrow, %(weekday)s") % {"weekday": weekday}
    if day == today - dt.timedelta(days=1):
        return _("yesterday, %(weekday)s") % {"weekday": weekday}
    return f"{weekday} {day:%d/%m}" if day.year == today.year else f"{weekday} {day:%d/%m/%Y}"


@register.simple_tag
def when(moment: dt.datetime, at: dt.datetime) -> str:
    local = timezone.localtime(moment)
    day = day_in_words(local.date(), timezone.localtime(at).date())
    return _("%(day)s %(hour)s") % {"day": day, "hour": f"{local:%H:%M}"}


@register.simple_tag
def time_until(moment: dt.datetime, at: dt.datetime) -> str:
    """“in 3 days”, “in 2 hours”, “in 5 minutes”: rounded down to its largest unit."""
    minutes = max(int((moment - at).total_seconds() // 60), 0)
    days = (timezone.localtime(moment).date() - timezone.localtime(at).date()).days
    if minutes >= 24 * 60:
        return ngettext("in %(n)d day", "in %(n)d days", days) % {"n": days}
    if minutes >= 60:
        return ngettext("in %(n)d hour", "in %(n)d hours", minutes // 60) % {"n": minutes // 60}
    return ngettext("in %(n)d minute", "in %(n)d minutes", minutes) % {"n": minutes}


@register.filter
def date_span(first: dt.date, last: dt.date) -> str:
    """“09/03 – 15/03/2026”, or the one day."""
    if first == last:
        return f"{last:%d/%m/%Y}"
    start = f"{first:%d/%m}" if first.year == last.year else f"{first:%d/%m/%Y}"
    return f"{start} – {last:%d/%m/%Y}"


@register.filter
def weekday(day: dt.date) -> str:
    return capfirst(date_format(day, "D"))


@register.filter
def moment(value: dt.datetime) -> str:
    """“Wednesday 11/03/2026, 18:00”: for what is read later than it was written."""
    local = timezone.localtime(value)
    return f"{date_format(local, 'l')} {local:%d/%m/%Y, %H:%M}"
