"""The links at the head of a page, by role. A person with two roles sees the links of both."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Entry:
    url_name: str
    label: str | Promise
    icon: str
    short: str | Promise = ""  # where nothing of another role has to be told from it


@dataclass(frozen=True)
class Link:
    url: str
    label: str | Promise
    icon: str
    is_current: bool


# Each role's first entry is its own home page; `home` itself only leads on to one of them.
NO_ROLE = (Entry("home", _("Home"), "house"),)
PARTICIPANT = (
    Entry("participants:home", _("Your training"), "award"),
    Entry("participants:schedule", _("Schedule"), "calendar3"),
    Entry("participants:subscribe", _("Calendar"), "calendar-plus"),
)
TUTOR: tuple[Entry, ...] = (
    Entry("tutors:home", _("My groups"), "people"),
    Entry("tutors:schedule", _("Schedule of my groups"), "calendar3", _("Schedule")),
    Entry("tutors:subscribe", _("Calendar of my groups"), "calendar-plus", _("Calendar")),
)
COORDINATOR = (Entry("admin:index", _("Administration"), "gear"),)


def links_for(request: HttpRequest) -> list[Link]:
    """Costs no query: the log-in backend loads the user's tutor and participant with it."""
    user = request.user
    if not user.is_authenticated:
        return []
    entries: list[Entry] = []
    takes_part = getattr(user, "participant", None) is not None
    if takes_part:
        entries += PARTICIPANT
    if getattr(user, "tutor", None) is not None:
        entries += TUTOR
    if user.is_staff:
        entries += COORDINATOR
    entries = entries or list(NO_ROLE)
    urls = [reverse(entry.url_name) for entry in entries]
    current = max(
        (
            url
            for url in urls
            if request.path.startswith(url) and (url != "/" or request.path == "/")
        ),
        key=len,
        default=None,
    )
    return [
        Link(
            url,
            entry.label if takes_part else entry.short or entry.label,
            entry.icon,
            url == current,
        )
        for entry, url in zip(entries, urls, strict=True)
    ]
