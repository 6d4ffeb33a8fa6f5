import datetime as dt
import io
import re
from urllib.parse import unquote

import openpyxl
import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from courses.models import Cohort
from tests.factories import (
    MONDAY,
    CohortFactory,
    EnrollmentFactory,
    GroupFactory,
    ParticipantFactory,
    TutorAssignmentFactory,
    TutorFactory,
    UserFactory,
    at,
)
from tests.trainingprog.admin_rows import messages_of
from trainingprog.invitations import INVITATION_DAYS
from trainingprog.models import User

pytestmark = pytest.mark.usefixtures("clock")
NEW = {"new_password1": "mi-primera-clave", "new_password2": "mi-primera-clave"}
EARLIER = at(MONDAY, 9)


@pytest.fixture(autouse=True)
def tasks_run_at_once(settings):
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


@pytest.fixture
def address(cohort):
    return reverse("edition_invitations", args=[cohort.pk])


@pytest.fixture
def links(cohort):
    return reverse("edition_invitation_links", args=[cohort.pk])


def invited(**fields) -> User:
    return UserFactory(password=None, invited_at=EARLIER, last_login=None, **fields)


def sent_to(mailoutbox) -> list[str]:
    return sorted(address for mail in mailoutbox for address in mail.to)


def rows_of(response):
    page = openpyxl.load_workbook(io.BytesIO(response.content)).active
    return [*page.iter_rows(min_row=2)]


def path_in(text: str) -> str:
    return re.search(r"https?://[^/]+(/cuenta/\S+)", text).group(1)


def test_page_of_a_draft_says_that_who_is_invited_sees_nothing_yet(client, cohort, group, address):
    EnrollmentFactory(cohort=cohort, group=group)
    edit = reverse("admin:courses_cohort_change", args=[cohort.pk])
    for status in ("running", "draft"):
        Cohort.objects.update(status=status)
        text = client.get(address).content.decode()
        is_warned = "no verá nada de ella hasta que usted cambie su estado" in text
        assert is_warned == (edit in text.partition('id="new"')[0]) == (status == "draft")


# ---- the mails --------------------------------------------------------------------------------


def test_one_step_invites_participants_and_tutors_without_a_log_in(
    client, cohort, group, address, mailoutbox, coordinator
):
    person = EnrollmentFactory(cohort=cohort, group=group).participant
    guide = TutorAssignmentFactory(group=group).tutor
    waiting = EnrollmentFactory(cohort=cohort, participant__user=UserFactory(password=None))
    EnrollmentFactory(cohort=cohort, participant__user=invited())
    EnrollmentFactory(cohort=cohort, participant__user=UserFactory(last_login=EARLIER))
    EnrollmentFactory(cohort=cohort, status="withdrawn", ended_on=MONDAY)
    EnrollmentFactory()

    response = client.post(address, {"send": "new"})

    assert response.url == address
    waited = waiting.participant.user.email
    assert sent_to(mailoutbox) == sorted([person.email, guide.email, waited])
    person.refresh_from_db()
    assert person.user.invited_at == timezone.now()
    assert person.history.first().history_user == coordinator
    client.post(address, {"send": "new"})
    assert len(mailoutbox) == 3


def test_who_is_tutor_and_participant_gets_one_mail(client, cohort, group, address, mailoutbox):
    guide = TutorAssignmentFactory(group=group, tutor__document_number="41234567").tutor
    EnrollmentFactory(cohort=cohort, participant__document_number="41234567")
    client.post(address, {"send": "new"})
    assert sent_to(mailoutbox) == [guide.email]


def test_tutor_whose_assignment_has_ended_is_not_invited(client, group, address, mailoutbox):
    TutorAssignmentFactory(group=group, ends_on=MONDAY)
    client.post(address, {"send": "new"})
    assert mailoutbox == []


def test_page_shows_who_was_invited_when_and_who_never_entered(client, cohort, group, address):
    EnrollmentFactory(cohort=cohort, group=group)
    EnrollmentFactory(cohort=cohort, participant__user=invited())
    EnrollmentFactory(cohort=cohort, participant__user=UserFactory(is_active=False))
    EnrollmentFactory(cohort=cohort, participant__user=UserFactory(last_login=None))
    entered = EnrollmentFactory(
        cohort=cohort, participant__user=UserFactory(last_login=EARLIER)
    ).participant
    response = client.get(address)
    found = response.context["invitees"]
    states = [each.state for each in found.never_entered]
    assert states == ["none", "invited", "inactive", "waiting"]
    assert [each.can_be_invited for each in found.never_entered] == [True, True, False, False]
    assert [each.person for each in found.entered] == [entered]
    assert "02/03/2026 09:00" in response.text


def test_expired_link_is_shown(client, cohort, address, clock):
    EnrollmentFactory(cohort=cohort, participant__user=invited())
    [person] = client.get(address).context["invitees"].people
    assert not person.link_expired
    clock.move_to(EARLIER + dt.timedelta(days=INVITATION_DAYS, minutes=1))
    [person] = client.get(address).context["invitees"].people
    assert person.link_expired


def test_sent_again_to_those_chosen(client, cohort, address, mailoutbox):
    first, second = (
        EnrollmentFactory(cohort=cohort, participant__user=invited()).participant for _n in "ab"
    )
    client.post(address, {"send": "chosen", "people": [f"participant-{second.pk}"]})
    assert sent_to(mailoutbox) == [second.user.email]
    second.user.refresh_from_db()
    assert second.user.invited_at == timezone.now()
    assert User.objects.get(pk=first.user_id).invited_at == EARLIER


def test_clicked_twice_in_a_row_is_one_mail_and_says_so(client, cohort, address, mailoutbox):
    EnrollmentFactory(cohort=cohort)
    client.post(address, {"send": "new"})
    page = client.post(address, {"send": "all"}, follow=True).content.decode()
    assert len(mailoutbox) == 1
    assert "recibió el correo hace menos de 10 minutos" in page


def test_sent_again_to_all_who_have_not_entered(client, cohort, address, mailoutbox):
    again = EnrollmentFactory(cohort=cohort, participant__user=invited()).participant
    never = EnrollmentFactory(cohort=cohort).participant
    EnrollmentFactory(cohort=cohort, participant__user=UserFactory(last_login=EARLIER))
    client.post(address, {"send": "all"})
    assert sent_to(mailoutbox) == sorted([again.user.email, never.email])


def test_who_set_a_password_meanwhile_is_told_and_not_mailed(client, cohort, address, mailoutbox):
    person = EnrollmentFactory(cohort=cohort, participant__user=UserFactory()).participant
    response = client.post(address, {"send": "chosen", "people": [f"participant-{person.pk}"]})
    assert mailoutbox == []
    assert messages_of(response)


@pytest.mark.parametrize(
    "data", [{"send": "chosen"}, {"send": "chosen", "people": ["tutor-0"]}, {"send": "x"}, {}]
)
def test_nobody_or_a_stranger_chosen_is_refused(client, cohort, address, mailoutbox, data):
    EnrollmentFactory(cohort=cohort)
    assert client.post(address, data).status_code == 422
    assert mailoutbox == []


def test_address_of_another_person_keeps_nobody_else_from_theirs(
    client, cohort, address, mailoutbox
):
    taken = ParticipantFactory(user=UserFactory(email="ana@salud.example"))
    EnrollmentFactory(cohort=cohort, participant__email=taken.user.email)
    other = EnrollmentFactory(cohort=cohort).participant
    response = client.post(address, {"send": "new"})
    assert sent_to(mailoutbox) == [other.email]
    assert any("ana@salud.example" in text for text in messages_of(response))


def test_empty_edition_says_what_to_do_first(client, address):
    assert client.get(address).status_code == 200


# ---- the sheet of links -----------------------------------------------------------------------


def test_sheet_has_a_link_for_each_who_has_not_entered(
    client, coordinator, cohort, group, links, mailoutbox
):
    EnrollmentFactory(
        cohort=cohort, group=group, participant__mobile="+51957094499", participant__user=invited()
    )
    TutorAssignmentFactory(group=group)
    EnrollmentFactory(cohort=cohort, participant__user=UserFactory(last_login=EARLIER))

    response = client.post(links)

    assert f"invitaciones-{cohort.code}-2026-03-13.xlsx" in response["Content-Disposition"]
    assert "no-store" in response["Cache-Control"]
    tutor_row, participant_row = rows_of(response)
    assert tutor_row[5].value is None
    assert participant_row[2].value == "'+51957094499"
    assert participant_row[4].value == dt.datetime(2026, 3, 27, 12)
    whatsapp = participant_row[5].hyperlink.target
    assert whatsapp.startswith("https://wa.me/51957094499?text=")
    assert "Luz." in unquote(whatsapp)
    assert participant_row[3].value in unquote(whatsapp)
    assert "27/03/2026" in unquote(whatsapp)
    assert not re.search(r"viol|víctim|abus|niñ|trata", unquote(whatsapp), re.I)
    assert mailoutbox == []
    entry = LogEntry.objects.get()
    assert (entry.user, entry.get_edited_object()) == (coordinator, cohort)
    assert ": 2 " in entry.change_message


def test_link_of_the_sheet_lets_in_once_and_leaves_the_address_unconfirmed(
    client, cohort, links, clock
):
    person = EnrollmentFactory(cohort=cohort).participant
    [row] = rows_of(client.post(links))
    path = path_in(row[3].value)
    phone = Client()
    assert phone.get(path).status_code == 200
    assert phone.post(path, NEW).status_code == 302
    person.refresh_from_db()
    assert person.user.check_password("mi-primera-clave")
    assert not EmailAddress.objects.get(user=person.user).verified
    gone = Client().get(path)
    assert gone.status_code == 410
    assert reverse("account_request_login_code") in gone.text


def test_address_confirmed_before_stays_so_after_a_link_by_hand(client, cohort, links):
    user = invited()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    EnrollmentFactory(cohort=cohort, participant__user=user)
    [row] = rows_of(client.post(links))
    Client().post(path_in(row[3].value), NEW)
    assert EmailAddress.objects.get(user=user).verified


def test_link_of_the_sheet_expires(client, cohort, links, clock):
    EnrollmentFactory(cohort=cohort)
    [row] = rows_of(client.post(links))
    clock.shift(dt.timedelta(days=INVITATION_DAYS, minutes=1))
    assert Client().get(path_in(row[3].value)).status_code == 410


@pytest.mark.parametrize("right", ["is_staff", "is_superuser"])
def test_sheet_has_no_link_to_an_account_that_may_administer(client, group, links, right):
    TutorAssignmentFactory(group=group, tutor__user=invited(**{right: True}))
    response = client.post(links)
    [row] = rows_of(response)
    assert "/cuenta/" not in row[3].value
    assert ": 0 " in LogEntry.objects.get().change_message


def test_sheet_has_no_link_to_an_account_found_with_a_password(client, cohort, links):
    user = TutorFactory(user=UserFactory(), document_number="41234567").user
    EnrollmentFactory(cohort=cohort, participant__document_number="41234567")
    [row] = rows_of(client.post(links))
    assert "/cuenta/" not in row[3].value
    assert User.objects.filter(pk=user.pk).exists()


def test_sheet_says_why_somebody_has_no_account(client, cohort, links):
    taken = ParticipantFactory(user=UserFactory(email="ana@salud.example"))
    EnrollmentFactory(cohort=cohort, participant__email=taken.user.email)
    [row] = rows_of(client.post(links))
    assert "ana@salud.example" in row[3].value


def test_name_that_looks_like_a_formula_stays_text(client, cohort, links):
    EnrollmentFactory(cohort=cohort, participant__paternal_surname="=1+1")
    [row] = rows_of(client.post(links))
    assert row[0].data_type == "s"
    assert row[0].value.startswith("'=1+1")


@pytest.mark.parametrize("codename", ["add_user", "view_participant", "view_tutor"])
def test_page_and_sheet_need_their_permission(client, coordinator, address, links, codename):
    role = coordinator.groups.get()
    role.permissions.remove(role.permissions.get(codename=codename))
    assert client.get(address).status_code == 403
    assert client.post(links).status_code == 403
    assert not LogEntry.objects.exists()


def test_unknown_edition_is_not_found(client):
    assert client.get(reverse("edition_invitations", args=[0])).status_code == 404
    assert client.post(reverse("edition_invitation_links", args=[0])).status_code == 404


def test_edition_leads_to_the_page(client, cohort, address):
    assert f'href="{address}"' in client.get(reverse("edition", args=[cohort.pk])).text


@pytest.mark.parametrize("people", [1, 3])
def test_page_queries(client, people, django_assert_num_queries):
    cohort = CohortFactory()
    for number in range(1, people + 1):
        group = GroupFactory(cohort=cohort, number=number)
        TutorAssignmentFactory(group=group, tutor__user=invited())
        EnrollmentFactory(cohort=cohort, group=group)
    with django_assert_num_queries(6):
        client.get(reverse("edition_invitations", args=[cohort.pk]))
