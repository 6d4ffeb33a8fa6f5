"""The register: on a phone, by keyboard, on a bad line, without script, against someone else."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from courses.models.sessions import Modality
from participants.models import AttendanceRecord
from participants.register import Mark, take_register
from tests.factories import AttendanceEvidenceFactory, EnrollmentFactory, SessionFactory

pytestmark = pytest.mark.usefixtures("clock", "transactional_db")
SURNAMES = ["Apaza", "Condori", "Huamán", "Ñaupari"]


@pytest.fixture
def session(cohort):
    return SessionFactory(cohort=cohort)


@pytest.fixture
def people(cohort, group):
    return [
        EnrollmentFactory(cohort=cohort, group=group, participant__paternal_surname=surname)
        for surname in SURNAMES
    ]


@pytest.fixture
def open_register(live_server, session, people):
    def open_as(page, of=session):
        page.goto(live_server.url + reverse("tutors:register", args=[of.pk]))
        return page

    return open_as


def stored(session) -> list[str]:
    return list(
        AttendanceRecord.objects.filter(session=session)
        .order_by("enrollment__participant__paternal_surname")
        .values_list("enrollment__participant__paternal_surname", "state")
    )


def cookie_of(client, live_server) -> dict[str, str]:
    value = client.cookies["sessionid"].value
    return {"name": "sessionid", "value": value, "url": live_server.url}


def radio(page, person, state):
    return page.locator(f'[name="s{person.pk}"][value="{state}"]')


def choice(page, person, state):
    return page.locator("label", has=radio(page, person, state))


def save(page):
    page.locator(".register-save").click()


def test_register_by_keyboard_alone(log_in_browser, tutor, session, people, open_register):
    page = open_register(log_in_browser(tutor))
    expect(page.locator("#register-count")).to_have_attribute("aria-live", "polite")
    letters = [
        radio(page, people[0], state).get_attribute("data-key")
        for state in ("present", "absent", "late")
    ]
    page.keyboard.press(letters[0])  # the first person, though nothing has the focus yet
    page.keyboard.press(letters[1])
    page.keyboard.press("ArrowDown")
    page.keyboard.press(letters[2])
    page.keyboard.press("ArrowUp")
    page.keyboard.press(letters[0].upper())
    expect(page.locator("#register-all")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#register-told .alert-success")).to_be_visible()
    expect(page.locator("#register-told")).to_be_focused()
    assert stored(session) == list(
        zip(SURNAMES, ["present", "absent", "present", "late"], strict=True)
    )


def test_arrows_left_and_right_choose_the_state(log_in_browser, tutor, people, open_register):
    page = open_register(log_in_browser(tutor))
    radio(page, people[1], "present").focus()
    page.keyboard.press("ArrowRight")
    expect(radio(page, people[1], "late")).to_be_checked()


def test_letter_with_a_modifier_marks_nobody(log_in_browser, tutor, people, open_register):
    page = open_register(log_in_browser(tutor))
    radio(page, people[0], "present").focus()
    page.keyboard.press("Control+Shift+P")
    assert page.locator(".marks :checked").count() == 0


def test_count_of_the_unmarked_follows_the_taps(log_in_browser, tutor, people, open_register):
    page = open_register(log_in_browser(tutor))
    told = page.locator("#register-count")
    expect(told).to_contain_text("4")
    choice(page, people[0], "late").click()
    expect(told).to_contain_text("3")
    rest = page.locator("#register-all")
    expect(rest).to_have_text(rest.get_attribute("data-rest"))


def test_all_present_is_two_taps_from_the_home(log_in_browser, tutor, session, live_server, people):
    page = log_in_browser(tutor)
    page.goto(live_server.url + reverse("tutors:home"))
    page.locator(f'a[href^="{reverse("tutors:register", args=[session.pk])}"]').first.click()
    page.locator("#register-all").click()
    # Sent by the script or, tapped before it is there, by the form itself.
    expect(page.locator(".alert-success")).to_be_visible()
    expect(page.locator("#register-all")).to_have_count(0)
    assert stored(session) == [(surname, "present") for surname in SURNAMES]


def test_unsaved_marks_are_asked_about_and_saved_ones_are_not(
    log_in_browser, tutor, people, open_register, live_server
):
    page = open_register(log_in_browser(tutor))
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    choice(page, people[0], "late").click()
    page.evaluate("location.reload()")
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    save(page)
    expect(page.locator("#register-told .alert-success")).to_be_visible()
    page.goto(live_server.url)
    assert asked == ["beforeunload"]


def test_marks_wait_while_the_line_is_lost_and_are_sent_once_it_is_back(
    log_in_browser, tutor, session, people, open_register, console_errors
):
    console_errors.allow("ERR_INTERNET_DISCONNECTED|htmx:sendError|htmx:afterRequest")
    page = open_register(log_in_browser(tutor))
    choice(page, people[0], "late").click()
    page.context.set_offline(True)
    save(page)
    expect(page.locator("[data-waits]")).to_be_visible()
    expect(radio(page, people[0], "late")).to_be_checked()
    page.context.set_offline(False)
    expect(page.locator("#register-told .alert-success")).to_be_visible()
    assert stored(session) == [("Apaza", "late")]


def test_marks_stay_on_the_page_where_the_browser_keeps_nothing(
    log_in_browser, tutor, session, people, open_register, console_errors
):
    console_errors.allow("ERR_INTERNET_DISCONNECTED|htmx:sendError|htmx:afterRequest")
    page = log_in_browser(tutor)
    page.add_init_script("indexedDB.open = () => { throw new Error('none here') }")
    open_register(page)
    choice(page, people[0], "late").click()
    page.context.set_offline(True)
    save(page)
    expect(page.locator("[data-failed]")).to_be_visible()
    expect(radio(page, people[0], "late")).to_be_checked()
    page.context.set_offline(False)
    save(page)
    expect(page.locator("#register-told .alert-success")).to_be_visible()
    assert stored(session) == [("Apaza", "late")]


def test_marks_stay_when_the_log_in_has_ended(
    log_in_browser, tutor, session, people, open_register, console_errors
):
    console_errors.allow("status of 403|Response Status Error Code 403")
    page = open_register(log_in_browser(tutor))
    choice(page, people[0], "late").click()
    page.context.clear_cookies(name="sessionid")
    save(page)
    expect(page.locator("[data-logged-out]")).to_be_visible()
    expect(radio(page, people[0], "late")).to_be_checked()
    log_in_browser(tutor)
    save(page)
    expect(page.locator("#register-told .alert-success")).to_be_visible()
    assert stored(session) == [("Apaza", "late")]


def test_conflict_of_two_who_have_the_register_open(
    log_in_browser,
    browser,
    browser_context_args,
    log_in,
    tutor,
    coordinator,
    session,
    people,
    open_register,
    console_errors,
    live_server,
    axe,
    fits,
):
    console_errors.allow("status of 409|Response Status Error Code 409")
    page = open_register(log_in_browser(tutor))
    context = browser.new_context(**browser_context_args)
    context.add_cookies([cookie_of(log_in(coordinator), live_server)])
    other = open_register(context.new_page())
    choice(other, people[0], "absent").click()
    save(other)
    expect(other.locator("#register-told .alert-success")).to_be_visible()
    context.close()

    choice(page, people[0], "present").click()
    choice(page, people[1], "late").click()
    save(page)
    row = page.locator(f".register-row:has(#p{people[0].pk})")
    expect(row.locator(".register-note")).to_contain_text("Rosa Coordinadora")
    expect(radio(page, people[0], "present")).to_be_checked()
    assert stored(session) == [("Apaza", "absent"), ("Condori", "late")]
    axe(page)
    fits(page)
    save(page)
    expect(page.locator("#register-told .alert-success")).to_be_visible()
    expect(row.locator(".register-note")).to_have_count(0)
    assert stored(session) == [("Apaza", "present"), ("Condori", "late")]


def test_register_without_script(
    browser, browser_context_args, log_in, tutor, coordinator, session, people, live_server
):
    context = browser.new_context(**browser_context_args | {"java_script_enabled": False})
    context.add_cookies([cookie_of(log_in(tutor), live_server)])
    page = context.new_page()
    page.goto(live_server.url + reverse("tutors:register", args=[session.pk]))
    take_register(session, {people[2].pk: Mark("excused")}, by=coordinator, at=session.ends_at)
    choice(page, people[0], "absent").click()
    choice(page, people[2], "present").click()
    save(page)
    expect(page.locator(f".register-row:has(#p{people[2].pk}) .register-note")).to_contain_text(
        "Rosa Coordinadora"
    )
    assert stored(session) == [("Apaza", "absent"), ("Huamán", "excused")]
    page.locator("#register-all").click()
    expect(page.locator(".alert-success")).to_be_visible()
    assert stored(session) == [
        ("Apaza", "absent"),
        ("Condori", "present"),
        ("Huamán", "present"),
        ("Ñaupari", "present"),
    ]
    context.close()


@pytest.mark.parametrize("modality", [Modality.ONLINE, Modality.HYBRID])
def test_register_fits_a_phone_and_is_accessible(
    log_in_browser, tutor, cohort, group, people, open_register, axe, fits, modality
):
    session = SessionFactory(cohort=cohort, modality=modality)
    long = EnrollmentFactory(
        cohort=cohort,
        group=group,
        participant__paternal_surname="Vásquez-Montenegro",
        participant__maternal_surname="Altamirano",
        participant__given_names="Esperanza del Carmen",
    )
    marks = {people[0].pk: Mark("absent"), long.pk: Mark("present")}
    take_register(session, marks, by=tutor, at=session.ends_at)
    take_register(session, {people[0].pk: Mark("late", based_on=1)}, by=tutor, at=session.ends_at)
    page = open_register(log_in_browser(tutor), session)
    axe(page)
    page.locator("summary", has_text="tutora@").first.click()
    fits(page)
    axe(page)


def test_thirteen_take_little_scrolling_on_a_phone(
    log_in_browser, tutor, cohort, group, people, open_register
):
    EnrollmentFactory.create_batch(9, cohort=cohort, group=group)
    page = log_in_browser(tutor)
    page.set_viewport_size({"width": 360, "height": 740})
    open_register(page)
    last = page.locator(".register-row").last.bounding_box()
    assert last["y"] + last["height"] < 1.8 * 740
    bar = page.locator(".action-bar").bounding_box()
    assert bar["y"] + bar["height"] <= 740


def test_bar_stays_low_on_a_phone_once_someone_is_marked(
    log_in_browser, tutor, people, open_register
):
    page = log_in_browser(tutor)
    page.set_viewport_size({"width": 360, "height": 740})
    open_register(page)
    choice(page, people[0], "late").click()
    assert page.locator(".action-bar").bounding_box()["height"] < 80


def test_mode_is_hidden_from_who_did_not_come(log_in_browser, tutor, cohort, people, open_register):
    session = SessionFactory(cohort=cohort, modality=Modality.HYBRID)
    page = open_register(log_in_browser(tutor), session)
    modes = page.locator(f".register-row:has(#p{people[0].pk}) .modes")
    expect(modes).to_be_hidden()
    choice(page, people[0], "present").click()
    expect(modes).to_be_visible()
    page.locator(f'label:has([name="m{people[0].pk}"][value="online"])').click()
    save(page)
    expect(page.locator("#register-told .alert-success")).to_be_visible()
    assert AttendanceRecord.objects.get().mode == "online"


def test_coordinators_register_of_all_groups_is_accessible(
    log_in_browser, coordinator, people, other_enrollment, open_register, axe, fits
):
    page = open_register(log_in_browser(coordinator))
    expect(page.locator(".register-group")).to_have_count(2)
    axe(page)
    fits(page)


def test_sheet_is_transcribed_with_one_key_a_person_and_one_save(
    log_in_browser, tutor, session, group, people, live_server, axe
):
    page = log_in_browser(tutor)
    page.goto(live_server.url + reverse("tutors:transcribe", args=[session.pk, group.pk]))
    expect(page.locator(".register-number")).to_have_text(["1", "2", "3", "4"])
    axe(page)
    states = ["present", "late", "absent", "excused"]
    letters = [radio(page, people[0], state).get_attribute("data-key") for state in states]
    for letter in letters:
        page.keyboard.press(letter)
    save(page)
    expect(page.locator("#register-told .alert-success")).to_be_visible()
    assert stored(session) == list(zip(SURNAMES, states, strict=True))
    assert set(AttendanceRecord.objects.values_list("source", "version")) == {("paper", 1)}


def test_sheet_is_transcribed_without_script(
    browser, browser_context_args, log_in, tutor, session, people, live_server
):
    context = browser.new_context(**browser_context_args | {"java_script_enabled": False})
    context.add_cookies([cookie_of(log_in(tutor), live_server)])
    page = context.new_page()
    page.goto(live_server.url + reverse("tutors:transcribe", args=[session.pk]))
    choice(page, people[1], "absent").click()
    page.locator("#register-all").click()
    expect(page.locator(".alert-success")).to_be_visible()
    context.close()
    states = [state for _name, state in stored(session)]
    assert states == ["present", "absent", "present", "present"]
    assert set(AttendanceRecord.objects.values_list("source", flat=True)) == {"paper"}


def test_evidence_against_a_mark_is_taken_with_one_tap(
    log_in_browser, tutor, session, people, open_register, axe, fits
):
    AttendanceEvidenceFactory(enrollment=people[0], session=session, mode="online")
    take_register(session, {people[0].pk: Mark("absent")}, by=tutor, at=session.ends_at)
    page = open_register(log_in_browser(tutor))
    choice(page, people[1], "late").click()
    axe(page)
    fits(page)
    page.locator('[name="take"]').click()
    expect(page.locator("#register-told .alert-success")).to_be_visible()
    expect(page.locator('[name="take"]')).to_have_count(0)
    expect(radio(page, people[0], "present")).to_be_checked()
    assert stored(session) == list(zip(SURNAMES, ["present", "late"], strict=False))


def test_key_enter_saves_and_takes_nothing(log_in_browser, tutor, session, people, open_register):
    AttendanceEvidenceFactory(enrollment=people[0], session=session, mode="online")
    take_register(session, {people[0].pk: Mark("absent")}, by=tutor, at=session.ends_at)
    page = open_register(log_in_browser(tutor))
    radio(page, people[1], "late").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("#register-told .alert-success")).to_be_visible()
    assert stored(session) == list(zip(SURNAMES, ["absent", "late"], strict=False))
