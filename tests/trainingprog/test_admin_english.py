"""No English is left in the Spanish admin: its pages are read for words that only English has."""

import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse
from django.utils import translation

from courses.models import Cohort, CohortModule, Session
from participants.models import Enrollment, Participant
from tests.factories import UserFactory
from tests.trainingprog.admin_rows import MODELS, first, make_rows, submit, url_of
from tests.trainingprog.test_admin_pages import pages
from trainingprog.models import User

# Words of interfaces that no Spanish text has; neither has any name in the rows.
ENGLISH = set(
    """
    about account accounts action actions active add added administration after again all already
    and any apply are available back been before below breaks by cancel cancelled cannot change
    changed changes choose clear click close closed cohort coordinator correct could create created
    current data date dates day days delete deleted deleting detail does done download edit edition
    empty enrolled enrollment entered entries entry every facility failed field fields filter
    filters find finished first for found from general go group groups has have help hide history
    home invitation invitations invited is it item items its last later leave left light link list
    log login logout make mark marks may message module modules move name names new next none not
    nothing number object objects of off on one only open or other out overdue page participant
    participants password pattern patterns people permission permissions person please previous
    program programs read ready reason record records register registers remove required reset
    result results return row rows rule rules run running save saved search select selected send
    sent session sessions show site size sort started state status success successful
    successfully summary system table task tasks than that the their them then there these they
    this time title today toggle type undo unknown update updated upload user users value values
    version view waiting was week weeks were when where which who why will with without work would
    write yes yesterday you your
    """.split()  # noqa: SIM905
)
# What Spanish has too.
ALSO_SPANISH = {"general", "no"}
SPOKEN = ("title", "aria-label", "placeholder", "alt")
SILENT = {"script", "style", "code", "pre", "template"}
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Reader(HTMLParser):
    """Collects what is seen, and what is read aloud: text, titles, labels, place holders."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.open: list[tuple[str, bool]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.texts += [given[name] for name in SPOKEN if name in given]
        if tag == "input" and given.get("type") in ("submit", "button", "reset"):
            self.texts.append(given.get("value", ""))
        if tag not in VOID:
            # Material's symbols are drawn from their English names.
            icon = "material-symbols" in given.get("class", "")
            self.open.append((tag, tag in SILENT or icon))

    def handle_endtag(self, tag: str) -> None:
        if any(name == tag for name, _silent in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not any(silent for _tag, silent in self.open):
            self.texts.append(" ".join(data.split()))


def english(html: str) -> set[str]:
    """The texts that have an English word; addresses, and names in braces, are none."""
    found = set()
    for text in Reader(html).texts:
        bare = re.sub(r"\S+@\S+|https?://\S+|\.\w+\b|\{\w+\}", " ", text)
        words = set(re.findall(r"[a-zñáéíóúü]+", bare.lower()))
        if words & (ENGLISH - ALSO_SPANISH):
            found.add(text)
    return found


@pytest.fixture
def superuser(db):
    return UserFactory(email="jefa@ensap.example", is_staff=True, is_superuser=True)


def own_pages() -> list[str]:
    cohort, module, session = first(Cohort), first(CohortModule), first(Session)
    return [
        "/admin/",
        "/admin/search/?s=a",
        "/admin/search/?s=zzz",
        "/admin/courses/",
        url_of(Participant, "changelist") + "?q=zzz",
        reverse("edition", args=[cohort.pk]),
        reverse("edition_timetable", args=[cohort.pk]),
        reverse("edition_groups", args=[cohort.pk]),
        reverse("participants_import", args=[cohort.pk]),
        reverse("facilities_import"),
        reverse("tutors_import"),
        reverse("module_rule", args=[module.pk]),
        reverse("edition_rules", args=[cohort.pk]),
        reverse("module_close", args=[module.pk]),
        reverse("module_reopen", args=[module.pk]),
        reverse("session_reschedule", args=[session.pk]),
        reverse("session_cancel", args=[session.pk]),
    ]


def answers(client) -> list[str]:
    """What comes back after something was done, well or badly."""
    participant = url_of(Participant, "change", first(Participant).pk)
    lists = {model: url_of(model, "changelist") for model in (Participant, Cohort, User)}
    chosen = {"_selected_action": [first(Participant).pk]}
    posts = [
        client.post(lists[Participant], {"action": "delete_selected", **chosen}, follow=True),
        client.post(lists[Participant], {"action": "", **chosen}, follow=True),
        client.post(lists[Participant], {"action": "delete_selected"}, follow=True),
        client.post(
            lists[Participant], {"action": "create_accounts_and_invite", **chosen}, follow=True
        ),
        client.post(reverse("find_person"), {"document": "1"}, follow=True),
        submit(client, participant, document_number="1", mobile="1", email="x", birth_date="x"),
        submit(client, url_of(Enrollment, "add"), participant="", cohort="", enrolled_on=""),
        client.get(lists[User] + "?q=persona&state=invited"),
    ]
    submit(client, participant, given_names="Ana")
    return [response.content.decode() for response in [*posts, client.get(participant)]]


@pytest.mark.no_cover
def test_admin_speaks_spanish_only(superuser, log_in, clock) -> None:
    make_rows(3, superuser)
    client = log_in(superuser)
    left: dict[str, str] = {}
    for page in [*own_pages(), *(page for model in MODELS for page in pages(model))]:
        response = client.get(page, follow=True)
        if response.status_code != 403:  # not to be added or deleted by anybody
            assert response.status_code == 200, page
            left |= dict.fromkeys(english(response.content.decode()), page)
    for html in answers(client):
        left |= dict.fromkeys(english(html), "an answer")
    assert not left, "\n".join(f"{text!r} on {page}" for text, page in left.items())


@pytest.mark.parametrize("path", ["/admin/", "/admin/courses/session/"])
def test_english_is_recognised(superuser, log_in, clock, path) -> None:
    """In English the same pages are full of what the test above looks for."""
    make_rows(1, superuser)
    client = log_in(superuser)
    client.cookies["language"] = "en"
    with translation.override("en"):
        assert len(english(client.get(path).content.decode())) > 10
