"""Who gets which answer at which address: every address, every role, one table.

A row has the methods that the view takes, what the address is of, and the answer to the first of
the methods for each of ROLES, in their order. `login` is a redirect to the log-in.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tests.addresses import ROLES, Address, addresses, answer, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

PUBLIC = "200 200 200 200 200 200 200"
ALL_AWAY = "302 302 302 302 302 302 302"
# For whoever is logged in.
ACCOUNT = "login 200 200 200 200 200 200"
ACCOUNT_AWAY = "login 302 302 302 302 302 302"
ENTRANCE = "200 302 302 302 302 302 302"
COORDINATORS = "login 200 403 403 403 403 403"
TUTORS = "login 403 200 200 403 403 403"
OWN_GROUP = "login 403 200 404 403 403 403"
OWN_GROUP_OR_COORDINATOR = "login 200 200 404 403 403 403"
PARTICIPANTS = "login 403 403 403 200 200 403"
ONESELF = "login 403 403 403 200 404 403"

TABLE = {
    # ---- the account -------------------------------------------------------------------------
    "home": ("GET", "", "login 302 302 302 302 302 403"),
    "privacy": ("GET", "", PUBLIC),
    "privacy_accept": ("GET POST", "", ACCOUNT_AWAY),
    "set_language": ("POST", "", ALL_AWAY),
    "invitation(uid, token)": ("GET POST", "invited", PUBLIC),
    "account_login": ("GET POST", "", ENTRANCE),
    "account_request_login_code": ("GET POST", "", ENTRANCE),
    "account_confirm_login_code": ("GET POST", "", ALL_AWAY),
    "account_signup": ("GET POST", "", ENTRANCE),
    "account_logout": ("GET POST", "", ACCOUNT),
    "account_inactive": ("GET", "", PUBLIC),
    "account_reauthenticate": ("GET POST", "", ACCOUNT),
    "account_email": ("GET POST", "", ACCOUNT),
    "account_email_verification_sent": ("GET", "", PUBLIC),
    "account_confirm_email(key)": ("GET POST", "key", PUBLIC),
    "account_change_password": ("GET POST", "", ACCOUNT),
    "account_set_password": ("GET POST", "", ACCOUNT_AWAY),
    "account_reset_password": ("GET POST", "", PUBLIC),
    "account_reset_password_done": ("GET", "", PUBLIC),
    "account_reset_password_from_key(uidb36, key)": ("GET POST", "key", PUBLIC),
    "account_reset_password_from_key_done": ("GET", "", PUBLIC),
    "mfa_authenticate": ("GET POST", "", ACCOUNT_AWAY),
    "mfa_index": ("GET", "", ACCOUNT),
    "mfa_reauthenticate": ("GET POST", "", ACCOUNT_AWAY),
    # A password or code is asked for once more; who has no second factor has none to take away.
    "mfa_activate_totp": ("GET POST", "", ACCOUNT_AWAY),
    "mfa_deactivate_totp": ("GET POST", "", "login 404 404 404 404 404 404"),
    "mfa_view_recovery_codes": ("GET", "", "login 404 404 404 404 404 404"),
    "mfa_generate_recovery_codes": ("GET POST", "", ACCOUNT_AWAY),
    "mfa_download_recovery_codes": ("GET", "", "login 404 404 404 404 404 404"),
    # ---- the call: no account is asked --------------------------------------------------------
    "calls:list": ("GET", "", PUBLIC),
    "calls:facilities": ("GET", "", ALL_AWAY),
    "calls:call(code)": ("GET", "application", PUBLIC),
    "calls:start(code)": ("POST", "application", ALL_AWAY),
    "calls:application(key)": ("GET POST", "application", PUBLIC),
    "calls:save(key)": ("POST", "application", PUBLIC),
    "calls:withdraw(key)": ("POST", "application", ALL_AWAY),
    "calls:confirm(token)": ("GET POST", "application", PUBLIC),
    # ---- a survey: the link alone is asked ----------------------------------------------------
    "surveys:answer(token)": ("GET POST", "survey", PUBLIC),
    # ---- a certificate: whoever has the paper has its code --------------------------------------
    "certificates:verify": ("GET", "", PUBLIC),
    "certificates:certificate(code)": ("GET", "certificate", PUBLIC),
    "certificate_keys": ("GET", "", PUBLIC),
    # ---- the coordinator ---------------------------------------------------------------------
    "admin/login/": ("GET", "", "login login login login login login login"),
    "edition_groups(pk)": ("GET POST", "cohort", COORDINATORS),
    "edition_assessments(pk)": ("GET POST", "cohort", COORDINATORS),
    "scores_import(pk)": ("GET POST", "cohort", COORDINATORS),
    "edition_scores_xlsx(pk)": ("GET", "cohort", COORDINATORS),
    "edition_attendance_xlsx(pk)": ("GET", "cohort", COORDINATORS),
    "edition_attendance_csv(pk)": ("GET", "cohort", COORDINATORS),
    "edition_competencies(pk)": ("GET", "cohort", COORDINATORS),
    "edition_competencies_xlsx(pk)": ("GET", "cohort", COORDINATORS),
    "edition_oneroster(pk)": ("GET", "cohort", COORDINATORS),
    "edition_moodle(pk)": ("GET", "cohort", COORDINATORS),
    "edition_pre_post(pk)": ("GET", "cohort", COORDINATORS),
    "edition_pre_post_xlsx(pk)": ("GET", "cohort", COORDINATORS),
    "edition_pre_post_csv(pk)": ("GET", "cohort", COORDINATORS),
    "edition_invitations(pk)": ("GET POST", "cohort", COORDINATORS),
    "edition_invitation_links(pk)": ("POST", "cohort", COORDINATORS),
    "group_substitute(pk)": ("GET POST", "group", COORDINATORS),
    "substitution_end(pk)": ("POST", "assignment", "login 302 403 403 403 403 403"),
    "participants_import(pk)": ("GET POST", "cohort", COORDINATORS),
    "facilities_import": ("GET POST", "", COORDINATORS),
    "tutors_import": ("GET POST", "", COORDINATORS),
    "import_preview(pk)": ("GET", "draft", COORDINATORS),
    "import_columns(pk)": ("POST", "draft", "login 302 403 403 403 403 403"),
    "import_facility(pk)": ("POST", "draft", "login 302 403 403 403 403 403"),
    "import_confirm(pk)": ("POST", "draft", "login 409 403 403 403 403 403"),
    "import_rejected(pk)": ("GET", "draft", COORDINATORS),
    "import_discard(pk)": ("POST", "draft", "login 302 403 403 403 403 403"),
    "edition(pk)": ("GET", "cohort", COORDINATORS),
    "edition_surveys(pk)": ("GET", "cohort", COORDINATORS),
    "edition_surveys_xlsx(pk)": ("GET", "cohort", COORDINATORS),
    "edition_surveys_csv(pk)": ("GET", "cohort", COORDINATORS),
    "survey_plan(pk)": ("POST", "cohort", "login 404 403 403 403 403 403"),
    "survey(pk)": ("GET POST", "asked", COORDINATORS),
    "survey_cancel(pk)": ("POST", "asked", "login 302 403 403 403 403 403"),
    "question_set(pk)": ("GET POST", "questions", COORDINATORS),
    "edition_timetable(pk)": ("GET POST", "cohort", COORDINATORS),
    "pattern_state(pk)": ("POST", "pattern", "login 400 403 403 403 403 403"),
    "session_reschedule(pk)": ("GET POST", "session", COORDINATORS),
    "session_cancel(pk)": ("GET POST", "session", COORDINATORS),
    "module_rule(pk)": ("GET POST", "module", COORDINATORS),
    "edition_closing(pk)": ("GET POST", "cohort", COORDINATORS),
    "edition_reopen(pk)": ("GET POST", "cohort", COORDINATORS),
    "certificate_sample(pk)": ("GET", "design", COORDINATORS),
    "edition_rule(pk)": ("GET POST", "cohort", COORDINATORS),
    "edition_rules(pk)": ("GET POST", "cohort", COORDINATORS),
    "module_decisions(pk)": ("GET", "module", COORDINATORS),
    "module_decide_again(pk)": ("POST", "module", "login 302 403 403 403 403 403"),
    "edition_decisions(pk)": ("GET", "cohort", COORDINATORS),
    "edition_decide_all(pk)": ("POST", "cohort", "login 302 403 403 403 403 403"),
    "edition_decide_again(pk)": ("POST", "cohort", "login 302 403 403 403 403 403"),
    "outcome_answer(pk)": ("POST", "nothing", "login 404 403 403 403 403 403"),
    "completion_answer(pk)": ("POST", "nothing", "login 404 403 403 403 403 403"),
    "module_close(pk)": ("GET POST", "module", COORDINATORS),
    "module_reopen(pk)": ("GET POST", "module", COORDINATORS),
    "edition_waiting_list(pk)": ("GET POST", "cohort", COORDINATORS),
    "enrollment_timeline(pk)": ("GET", "enrollment", COORDINATORS),
    "enrollment_withdraw(pk)": ("GET POST", "enrollment", COORDINATORS),
    "enrollment_reinstate(pk)": ("GET POST", "enrollment", COORDINATORS),
    "enrollment_transfer(pk)": ("GET POST", "enrollment", COORDINATORS),
    "enrollment_post(pk)": ("GET POST", "enrollment", COORDINATORS),
    "enrollment_group(pk)": ("GET POST", "enrollment", COORDINATORS),
    "enrollment_waitlist(pk)": ("GET POST", "enrollment", COORDINATORS),
    "enrollment_outcome(pk)": ("GET POST", "enrollment", COORDINATORS),
    "person_duplicates": ("GET", "", COORDINATORS),
    "person_merge(kept_pk, merged_pk)": ("GET POST", "twice", COORDINATORS),
    "person_tell_apart(kept_pk, merged_pk)": ("POST", "twice", "login 302 403 403 403 403 403"),
    "review_queue(pk)": ("GET POST", "cohort", COORDINATORS),
    "edition_quotas(pk)": ("GET POST", "cohort", COORDINATORS),
    "application_review(pk)": ("GET POST", "received", COORDINATORS),
    "application_letter(pk)": ("GET", "received", COORDINATORS),
    "edition_certificates(pk)": ("GET", "cohort", COORDINATORS),
    # Its module is open.
    "certificates_issue(pk)": ("POST", "cohort", "login 409 403 403 403 403 403"),
    "certificates_progress(pk)": ("GET", "cohort", "login 302 403 403 403 403 403"),
    "names_until(pk)": ("POST", "cohort", "login 302 403 403 403 403 403"),
    "name_answer(pk)": ("POST", "enrollment", "login 302 403 403 403 403 403"),
    "certificate_preview(pk, design_pk)": ("GET", "in_design", COORDINATORS),
    "issued_certificates(pk)": ("GET", "cohort", COORDINATORS),
    "issued_certificate(pk)": ("GET", "certificate", COORDINATORS),
    "issued_certificate_pdf(pk)": ("GET", "certificate", COORDINATORS),
    "certificate_revoke(pk)": ("GET POST", "certificate", COORDINATORS),
    "certificate_reissue(pk)": ("GET POST", "certificate", COORDINATORS),
    "edition_certificates_zip(pk)": ("GET", "cohort", COORDINATORS),
    "certificate_register_xlsx(year)": ("GET", "certificate", COORDINATORS),
    "find_person": ("POST", "", "login 302 403 403 403 403 403"),
    "admin/password_change/": ("GET", "", ACCOUNT_AWAY),
    # ---- the tutor ---------------------------------------------------------------------------
    "tutors:home": ("GET", "", TUTORS),
    "tutors:survey_results": ("GET", "", TUTORS),
    "tutors:group(pk)": ("GET", "group", OWN_GROUP_OR_COORDINATOR),
    "tutors:results(pk)": ("GET", "group", OWN_GROUP_OR_COORDINATOR),
    "tutors:register(pk)": ("GET POST", "session", OWN_GROUP_OR_COORDINATOR),
    "tutors:register(pk, group_pk)": ("GET POST", "session", OWN_GROUP_OR_COORDINATOR),
    "tutors:sheet(pk)": ("GET", "session", OWN_GROUP_OR_COORDINATOR),
    "tutors:sheet(pk, group_pk)": ("GET", "session", OWN_GROUP_OR_COORDINATOR),
    "tutors:transcribe(pk)": ("GET POST", "session", OWN_GROUP_OR_COORDINATOR),
    "tutors:transcribe(pk, group_pk)": ("GET POST", "session", OWN_GROUP_OR_COORDINATOR),
    "tutors:recalculate(pk)": ("GET POST", "session", OWN_GROUP_OR_COORDINATOR),
    "tutors:recalculate(pk, group_pk)": ("GET POST", "session", OWN_GROUP_OR_COORDINATOR),
    "tutors:register_copy(pk, group_pk)": ("GET", "session", OWN_GROUP),
    # A device that sends nothing says whose marks it has: of nobody's here.
    "tutors:register_sync(pk, group_pk)": ("POST", "session", "login 403 403 403 403 403 403"),
    "tutors:offline": ("GET", "", TUTORS),
    "tutors:service_worker": ("GET", "", PUBLIC),
    "tutors:manifest": ("GET", "", PUBLIC),
    "tutors:make_up(pk, enrollment_pk)": ("GET POST", "missed", OWN_GROUP_OR_COORDINATOR),
    "tutors:excuse(pk)": ("GET POST", "excuse", OWN_GROUP_OR_COORDINATOR),
    "tutors:meeting_report(pk)": ("GET POST", "session", OWN_GROUP_OR_COORDINATOR),
    # A report that waits is its sender's alone.
    "tutors:meeting_report_draft(pk, draft_pk)": (
        "GET POST",
        "report",
        "login 404 200 404 403 403 403",
    ),
    "tutors:meeting_report_discard(pk, draft_pk)": (
        "POST",
        "report",
        "login 404 302 404 403 403 403",
    ),
    "tutors:check_in(pk)": ("GET POST", "check_in", OWN_GROUP_OR_COORDINATOR),
    "tutors:check_in(pk, group_pk)": ("GET POST", "check_in", OWN_GROUP_OR_COORDINATOR),
    "tutors:matrix(pk)": ("GET", "group", OWN_GROUP_OR_COORDINATOR),
    "tutors:cohort_matrix(pk)": ("GET", "cohort", COORDINATORS),
    "tutors:group_scores(pk)": ("GET POST", "group", OWN_GROUP_OR_COORDINATOR),
    "tutors:group_scores(pk, module_pk)": ("GET POST", "group", OWN_GROUP_OR_COORDINATOR),
    "tutors:cohort_scores(pk)": ("GET POST", "cohort", COORDINATORS),
    "tutors:cohort_scores(pk, module_pk)": ("GET POST", "cohort", COORDINATORS),
    "tutors:sign_off(pk, module_pk)": ("GET", "group", OWN_GROUP_OR_COORDINATOR),
    # The module's rule asks for the tutor: the coordinator looks on.
    "tutors:sign_off_all(pk, module_pk)": ("POST", "group", "login 403 302 404 403 403 403"),
    "tutors:decide(pk, module_pk, enrollment_pk)": ("GET POST", "group", OWN_GROUP),
    "tutors:certificate_pdf(pk)": ("GET", "tutors_certificate", "login 403 200 404 403 403 403"),
    "tutors:competencies(pk)": ("GET", "group", OWN_GROUP_OR_COORDINATOR),
    # Rated by the group's own tutor alone.
    "tutors:rate(pk, moment, competency_pk)": ("GET POST", "group", OWN_GROUP),
    "tutors:rate_person(pk, enrollment_pk)": ("GET POST", "group", "login 403 302 404 403 403 403"),
    "tutors:rate_person(pk, moment, enrollment_pk)": ("GET POST", "group", OWN_GROUP),
    "tutors:schedule": ("GET", "", TUTORS),
    "tutors:edition_schedule(pk)": ("GET", "cohort", TUTORS),
    "tutors:session(pk)": ("GET", "session", OWN_GROUP),
    "tutors:join(pk)": ("GET", "session", "login 403 302 404 403 403 403"),
    "tutors:session_calendar(pk)": ("GET", "session", OWN_GROUP),
    "tutors:subscribe": ("GET", "", TUTORS),
    "tutors:renew_calendar": ("POST", "", "login 403 302 302 403 403 403"),
    "tutors:calendar_feed(token)": ("GET", "tutors_calendar", PUBLIC),
    # ---- the participant ---------------------------------------------------------------------
    "participants:home": ("GET", "", PARTICIPANTS),
    "participants:edition(pk)": ("GET", "enrollment", ONESELF),
    "participants:printed_name(pk)": ("GET POST", "enrollment", ONESELF),
    "participants:certificate_pdf(pk)": ("GET", "certificate", ONESELF),
    "participants:competencies(pk)": ("GET", "enrollment", ONESELF),
    "participants:rate(pk, moment)": ("GET POST", "enrollment", ONESELF),
    "participants:schedule": ("GET", "", PARTICIPANTS),
    "participants:progress(pk)": ("GET", "enrollment", ONESELF),
    "participants:edition_schedule(pk)": ("GET", "enrollment", ONESELF),
    "participants:session(pk)": ("GET", "session", ONESELF),
    "participants:join(pk)": ("GET", "session", "login 403 403 403 302 404 403"),
    "participants:session_calendar(pk)": ("GET", "session", ONESELF),
    "participants:excuse(pk)": ("GET POST", "session", ONESELF),
    "participants:withdraw_excuse(pk)": ("POST", "session", "login 403 403 403 302 404 403"),
    "participants:check_in(pk)": ("GET POST", "check_in", ONESELF),
    # Whoever scans is led to log in; who is of another group is told whom to speak with.
    "participants:scan(pk, code)": ("GET", "shown", "302 403 403 403 200 403 403"),
    "participants:scanned(ticket)": ("GET POST", "shown", "login 403 403 403 200 403 403"),
    "participants:shared_connection(pk)": ("GET POST", "session", ONESELF),
    "participants:subscribe": ("GET", "", PARTICIPANTS),
    "participants:renew_calendar": ("POST", "", "login 403 403 403 302 302 403"),
    "participants:offer(token)": ("GET POST", "offer", PUBLIC),
    "participants:calendar_feed(token)": ("GET", "participants_calendar", PUBLIC),
}


def ours() -> Iterator[Address]:
    return (address for address in addresses() if not address.is_admins)


def path_of(address: Address, objects: dict[str, Any]) -> str:
    values = objects[TABLE[address.key][1]]
    return address.path(values) if address.name else f"/{address.route}"


def methods(address: Address) -> list[str]:
    return TABLE[address.key][0].split()


def answers(address: Address) -> dict[str, str]:
    return dict(zip(ROLES, TABLE[address.key][2].split(), strict=True))


def welcome(address: Address) -> str:
    """A role that the address is for."""
    refusals = ("login", "403", "404")
    return next((role for role, got in answers(address).items() if got not in refusals), ROLES[1])


def test_every_address_has_its_row_and_every_row_its_address():
    assert sorted(address.key for address in ours()) == sorted(TABLE)


class Inline(HTMLParser):
    """Collects what the Content-Security-Policy of our pages would stop."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        data = values.get("type") in ("application/json", "application/ld+json")
        if tag == "style" or (tag == "script" and "src" not in values and not data):
            self.found.append(self.get_starttag_text() or tag)
        for name, value in attrs:
            if name == "style" or name.startswith(("on", "hx-on")):
                self.found.append(f"{tag} {name}")
            if (value or "").strip().lower().startswith("javascript:"):
                self.found.append(f"{tag} {name}={value}")


def breach(path: str, response: HttpResponse) -> object:
    """What is amiss with the policy of this page, or on a page of ours with what it would stop."""
    policy = response.headers.get("Content-Security-Policy", "")
    inside = path.startswith("/admin/")
    if "default-src 'self'" not in policy or ("unsafe" in policy and not inside):
        return policy or "no policy"
    if inside or not response.headers.get("Content-Type", "").startswith("text/html"):
        return None
    parser = Inline()
    parser.feed(response.text)
    return parser.found


@pytest.mark.parametrize("role", ROLES)
def test_role_gets_what_the_table_says_under_its_policy(role, clients, objects):
    wrong = {}
    pages = 0
    for address in ours():
        path = path_of(address, objects)
        response = send(clients[role](), methods(address)[0], path)
        got, expected = answer(response), answers(address)[role]
        if got != expected:
            wrong[address.key] = f"{got} instead of {expected}"
        if found := breach(path, response):
            wrong[address.key, "policy"] = found
        pages += not response.streaming and bool(response.content)
    assert wrong == {}
    assert pages > 15


@pytest.mark.no_cover
@pytest.mark.parametrize("role", ROLES)
def test_role_that_may_not_read_may_not_send_either(role, clients, objects):
    wrong = {}
    for address in ours():
        expected = answers(address)[role]
        if methods(address) == ["GET", "POST"] and expected in ("login", "403", "404"):
            got = answer(send(clients[role](), "POST", path_of(address, objects)))
            if got != expected:
                wrong[address.key] = f"{got} instead of {expected}"
    assert wrong == {}


# ---- What holds at every address -------------------------------------------------------------


def own_views() -> list[Address]:
    return [address for address in ours() if address.is_own]


@pytest.mark.no_cover
def test_wrong_method_is_refused(clients, objects):
    wrong = {}
    for address in own_views():
        for method in {"GET", "POST", "PUT", "DELETE"} - set(methods(address)):
            got = send(clients[welcome(address)](), method, path_of(address, objects)).status_code
            if got != 405:
                wrong[address.key, method] = got
    assert wrong == {}


# Each taking is written down, and asking by HEAD takes nothing.
TAKEN_AWAY = {
    "certificate_register_xlsx(year)",
    "edition_attendance_csv(pk)",
    "edition_certificates_zip(pk)",
    "edition_attendance_xlsx(pk)",
    "edition_competencies_xlsx(pk)",
    "edition_moodle(pk)",
    "edition_oneroster(pk)",
    "edition_pre_post_csv(pk)",
    "edition_pre_post_xlsx(pk)",
    "edition_surveys_csv(pk)",
    "edition_surveys_xlsx(pk)",
    "edition_scores_xlsx(pk)",
}


@pytest.mark.no_cover
def test_head_is_answered_as_get(clients, objects):
    wrong = {}
    for address in own_views():
        if "GET" not in methods(address):
            continue
        role, path = welcome(address), path_of(address, objects)
        got = str(send(clients[role](), "HEAD", path).status_code)
        expected = "405" if address.key in TAKEN_AWAY else answers(address)[role]
        if got != expected:
            wrong[address.key] = f"{got} instead of {expected}"
    assert wrong == {}


def test_sending_without_the_token_is_refused(clients, objects):
    wrong = {}
    for address in ours():
        if "POST" in methods(address):
            client = clients[welcome(address)]()
            client.handler.enforce_csrf_checks = True
            got = send(client, "POST", path_of(address, objects)).status_code
            if got != 403:
                wrong[address.key] = got
    assert wrong == {}


def test_notice_of_privacy_comes_before_everything_that_is_not_public(coordinator, objects):
    """Even before what the account may not see at all."""
    coordinator.privacy_acceptances.all().delete()
    exempt = {"privacy_accept", "account_logout"}
    wrong = {}
    for address in ours():
        if not getattr(address.view, "login_required", True) or address.key in exempt:
            continue
        client = Client()
        client.force_login(coordinator)
        response = send(client, methods(address)[0], path_of(address, objects))
        place = urlsplit(response.headers.get("Location", "")).path
        if place != reverse("privacy_accept"):
            wrong[address.key] = (response.status_code, place)
    assert wrong == {}


@pytest.mark.parametrize(
    "body",
    [
        "<style>a {}</style>",
        "<script>alert(1)</script>",
        '<a onclick="go()">',
        '<p style="color: red">',
        '<a href=" JavaScript:go()">',
        "<div hx-on:click='go()'>",
    ],
)
def test_inline_parts_are_recognised(body):
    parser = Inline()
    parser.feed(body)
    assert parser.found
