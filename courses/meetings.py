"""The way from our page into a video meeting: nowhere else does the link appear."""

import datetime as dt

from django.http import HttpResponseRedirect

from courses.models import Session


def enter(session: Session, *, at: dt.datetime) -> HttpResponseRedirect | None:
    """To the meeting while it is open, else None. The address we come from is not told."""
    if not session.meeting_is_open(at):
        return None
    response = HttpResponseRedirect(session.meeting_link)
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "no-store"
    return response
