"""The register without a network: kept, sent once, asked about, and forgotten at log-out."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from participants.models import AttendanceRecord
from tests.factories import EnrollmentFactory, SessionFactory
from tutors.models import TutorAssignment

pytestmark = pytest.mark.usefixtures("clock", "transactional_db")
SURNAMES = ["Apaza", "Condori", "Huamán"]
WAITING = """async () => {
    const database = await new Promise(done => {
        const opening = indexedDB.open('registers');
        opening.onsuccess = () => done(opening.result);
        opening.onupgradeneeded = () => opening.transaction.abort();
        opening.onerror = () => done(null);
    });
    if (database === null) return [];
    const entries = await new Promise(done => {
        const all = database.transaction('waiting').objectStore('waiting').getAll();
        all.onsuccess = () => done(all.result);
    });
    database.close();
    return entries;
}"""


@pytest.fixture
def session(cohort):
    return SessionFactory(cohort=cohort, day=9)


@pytest.fixture
def people(cohort, group):
    return [
        EnrollmentFactory(cohort=cohort, group=group, participant__paternal_surname=surname)
        for surname in SURNAMES
    ]


class Line:
    """What lies between a phone and the server, and can be cut.

    A browser that is told to be offline still lets its workers through now and then.
    """

    def __init__(self, server):
        self.server = urlsplit(server)
        self.is_cut = False
        self.ends = set()
        self.listening = socket.create_server(("localhost", 0), backlog=64)
        self.url = f"http://localhost:{self.listening.getsockname()[1]}"
        self.threads = [threading.Thread(target=self.accept, daemon=True)]
        self.threads[0].start()

    def accept(self):
        with contextlib.suppress(OSError):  # no longer listening
            while True:
                phone, _address = self.listening.accept()
                carrying = threading.Thread(target=self.connect, args=(phone,), daemon=True)
                carrying.start()
                self.threads.append(carrying)

    def connect(self, phone):
        with phone:
            if self.is_cut:
                return
            with socket.create_connection((self.server.hostname, self.server.port)) as server:
                self.ends |= {phone, server}
                back = threading.Thread(target=carry, args=(server, phone), daemon=True)
                back.start()
                carry(phone, server)
                back.join()
                self.ends -= {phone, server}

    def cut(self):
        self.is_cut = True
        for end in list(self.ends):
            hang_up(end)

    def close(self):
        hang_up(self.listening)
        self.listening.close()
        self.cut()
        for thread in self.threads:
            thread.join(timeout=10)


def carry(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    hang_up(source)
    hang_up(target)


def hang_up(end):
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def phone(browser, browser_context_args, live_server, log_in):
    """`phone()` is a browser of its own, with its line, that lets the service worker in."""
    phones = []

    class Phone:
        def __init__(self):
            self.line = Line(live_server.url)
            self.context = browser.new_context(
                **browser_context_args | {"service_workers": "allow"},
                base_url=self.line.url,
            )
            self.context.set_default_timeout(20_000)
            phones.append(self)

        def enter(self, user):
            cookie = log_in(user).cookies["sessionid"]
            self.context.add_cookies(
                [{"name": cookie.key, "value": cookie.value, "url": self.line.url}]
            )
            return self

        def kept(self):
            """A tab on the tutor's home, once the week's registers are on the phone."""
            page = self.context.new_page()
            page.goto(reverse("tutors:home"))
            expect(page.locator("html[data-kept]")).to_be_attached()
            return page

        def cut(self):
            self.line.cut()
            self.context.set_offline(True)

        def mend(self):
            self.line.is_cut = False
            self.context.set_offline(False)

    yield Phone
    for each in phones:
        each.context.close()
        each.line.close()


@pytest.fixture
def address(session, group):
    return reverse("tutors:register", args=[session.pk, group.pk])


def stored(session):
    return list(
        AttendanceRecord.objects.filter(session=session)
        .order_by("enrollment__participant__paternal_surname")
        .values_list("enrollment__participant__paternal_surname", "state", "version")
    )


def until(page, is_so):
    """What no locator can be asked for."""
    for _turn in range(500):
        if is_so():
            return
        page.wait_for_timeout(20)
    raise AssertionError("It never came to that.")


def radio(page, person, state):
    return page.locator(f'[name="s{person.pk}"][value="{state}"]')


def tap(page, person, state):
    page.locator("label", has=radio(page, person, state)).click()


def save(page):
    page.locator(".register-save").click()


def test_register_taken_without_a_network_is_saved_once(phone, tutor, session, people, address):
    mine = phone().enter(tutor)
    page = mine.kept()
    mine.cut()
    page.goto(address)
    tap(page, people[0], "absent")
    page.locator("#register-all").click()
    expect(page.locator("[data-waits]")).to_be_visible()
    expect(page.locator("#waiting")).to_be_visible()
    page.close()

    page = mine.context.new_page()
    page.goto(address)
    expect(radio(page, people[0], "absent")).to_be_checked()
    expect(radio(page, people[2], "present")).to_be_checked()
    expect(page.locator("[data-waits]")).to_be_visible()
    assert stored(session) == []
    mine.mend()
    expect(page.locator("#register-told .alert-success")).to_be_visible()
    expect(page.locator("#waiting")).to_be_hidden()
    marks = [("Apaza", "absent", 1), ("Condori", "present", 1), ("Huamán", "present", 1)]
    assert stored(session) == marks
    assert page.evaluate(WAITING) == []
    page.goto(address)
    expect(radio(page, people[0], "absent")).to_be_checked()
    assert stored(session) == marks


def conflict_of(phone, tutor, coordinator, session, people, address):
    """A phone without a line has marked two; the coordinator marks one of them otherwise."""
    mine = phone().enter(tutor)
    page = mine.kept()
    mine.cut()
    page.goto(address)
    tap(page, people[0], "absent")
    tap(page, people[1], "late")
    save(page)
    expect(page.locator("[data-waits]")).to_be_visible()
    theirs = phone().enter(coordinator).context.new_page()
    theirs.goto(address)
    tap(theirs, people[0], "present")
    save(theirs)
    expect(theirs.locator("#register-told .alert-success")).to_be_visible()
    return mine, page


def test_two_phones_in_conflict_see_both_values_and_choose(
    phone, tutor, coordinator, session, people, address, axe, fits
):
    mine, page = conflict_of(phone, tutor, coordinator, session, people, address)
    page.goto(reverse("tutors:home"))
    mine.mend()
    expect(page.locator("#waiting.waiting-asks")).to_be_visible()
    assert stored(session) == [("Apaza", "present", 1), ("Condori", "late", 1)]
    axe(page)
    fits(page)
    page.locator("[data-open]").click()
    row = page.locator(f".register-row:has(#p{people[0].pk})")
    expect(row.locator(".register-note")).to_contain_text("Rosa Coordinadora")
    expect(radio(page, people[0], "absent")).to_be_checked()
    save(page)
    expect(page.locator("#register-told .alert-success")).to_be_visible()
    expect(page.locator("#waiting")).to_be_hidden()
    assert stored(session) == [("Apaza", "absent", 2), ("Condori", "late", 1)]


def test_conflict_is_asked_on_the_open_register_and_the_others_mark_may_be_chosen(
    phone, tutor, coordinator, session, people, address
):
    mine, page = conflict_of(phone, tutor, coordinator, session, people, address)
    mine.mend()
    expect(page.locator(f".register-row:has(#p{people[0].pk}) .register-note")).to_be_visible()
    tap(page, people[0], "present")
    save(page)
    expect(page.locator(".register-note")).to_have_count(0)
    expect(page.locator("#waiting")).to_be_hidden()
    assert stored(session) == [("Apaza", "present", 1), ("Condori", "late", 1)]


def wait_without_line(mine, people, address, state="absent"):
    page = mine.kept()
    mine.cut()
    page.goto(address)
    tap(page, people[0], state)
    save(page)
    expect(page.locator("[data-waits]")).to_be_visible()
    page.goto(reverse("tutors:home"))
    expect(page.locator("#outbox")).to_be_visible()
    return page


def test_marks_of_a_lost_group_are_kept_to_be_seen_and_nothing_is_written(
    phone, tutor, session, people, address
):
    mine = phone().enter(tutor)
    page = wait_without_line(mine, people, address)
    TutorAssignment.objects.all().delete()
    posts = []
    page.on("request", lambda sent: posts.append(sent.url) if sent.method == "POST" else None)
    mine.mend()
    told = page.locator("[data-told]")
    expect(told).to_be_visible()
    expect(told).to_have_text(page.locator("#outbox").get_attribute("data-lost"))
    page.goto(reverse("tutors:offline"))
    expect(told).to_be_visible()
    page.locator(".waiting-marks summary").click()
    expect(page.locator(".waiting-marks li")).to_contain_text(["Apaza"])
    assert len(posts) == 1
    assert stored(session) == []
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("[data-discard]").click()
    expect(page.locator("#outbox")).to_be_hidden()


def test_refusal_meanwhile_is_told_in_the_servers_words(phone, tutor, session, people, address):
    mine = phone().enter(tutor)
    page = wait_without_line(mine, people, address)
    session.status, session.cancellation_reason = "cancelled", "Paro nacional"
    session.save()
    mine.mend()
    expect(page.locator("[data-told]")).to_contain_text("Paro nacional")
    assert len(page.evaluate(WAITING)) == 1
    assert stored(session) == []


def test_ended_log_in_keeps_the_marks_and_the_next_one_sends_them(
    phone, tutor, session, people, address
):
    mine = phone().enter(tutor)
    page = wait_without_line(mine, people, address)
    mine.context.clear_cookies()
    mine.mend()
    told = page.locator("[data-told]")
    expect(told).to_have_text(page.locator("#outbox").get_attribute("data-login"))
    mine.enter(tutor)
    page.goto(reverse("tutors:home"))
    expect(page.locator("html[data-kept]")).to_be_attached()
    assert page.evaluate(WAITING) == []
    assert stored(session) == [("Apaza", "absent", 1)]


def test_stale_token_is_renewed(phone, tutor, session, people, address):
    mine = phone().enter(tutor)
    page = wait_without_line(mine, people, address)
    mine.context.clear_cookies(name="csrftoken")
    mine.mend()
    expect(page.locator("#outbox")).to_be_hidden()
    assert stored(session) == [("Apaza", "absent", 1)]


KEPT = """async () => {
    const texts = [];
    for (const name of await caches.keys())
        if (name.startsWith('registers-'))
            for (const request of await (await caches.open(name)).keys())
                texts.push(await (await caches.match(request)).text());
    return texts.join(' ');
}"""
LEFT = """async () => [
    ...await caches.keys(),
    ...(await indexedDB.databases()).map(database => database.name),
    ...(await navigator.serviceWorker.getRegistrations()).map(worker => worker.scope),
    ...Object.keys(localStorage),
]"""


def test_log_out_clears_the_device_and_asks_before_marks_are_lost(
    phone, tutor, session, people, address
):
    mine = phone().enter(tutor)
    page = wait_without_line(mine, people, address)
    page.route("**/enviar/", lambda route: route.abort())
    mine.mend()
    page.goto(reverse("tutors:schedule"))
    expect(page.locator("#waiting")).to_be_visible()
    assert len(page.evaluate(LEFT)) >= 3
    page.locator("details.menu summary").click()
    leave = page.locator("[data-clears-device] button")
    question = page.locator("#waiting").get_attribute("data-leave")
    page.once("dialog", lambda dialog: dialog.dismiss())
    with page.expect_event("dialog") as asked:
        leave.click()
    assert asked.value.message == question
    expect(page.locator("#waiting")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    leave.click()
    expect(page.locator("[name=login]")).to_be_visible()
    assert page.evaluate(LEFT) == []


def test_answer_to_the_log_out_clears_the_device_by_itself(phone, tutor, people):
    """Were the script to fail: the browser is told to."""
    mine = phone().enter(tutor)
    page = mine.kept()
    page.evaluate("document.querySelector('[data-clears-device]').submit()")  # passes the script by
    expect(page.locator("[name=login]")).to_be_visible()
    assert page.evaluate(LEFT) == []


def test_device_is_cleared_without_a_line_too(phone, tutor, session, people, address):
    mine = phone().enter(tutor)
    page = wait_without_line(mine, people, address)
    page.once("dialog", lambda dialog: dialog.accept())
    with page.expect_event("dialog") as asked, page.expect_event("requestfailed"):
        page.locator("[data-clears-device] button").click()
    assert "No hay conexión" in asked.value.message
    mine.mend()
    page.goto("/static/favicon.svg")  # of the same origin, and starts nothing anew
    assert page.evaluate(LEFT) == []
    assert stored(session) == []


def test_worker_sends_where_no_page_is_in_sight(phone, tutor, session, people, address):
    mine = phone().enter(tutor)
    page = wait_without_line(mine, people, address)
    browser = mine.context.new_cdp_session(page)
    registered = []
    browser.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registered.extend(each["registrationId"] for each in told["registrations"]),
    )
    browser.send("ServiceWorker.enable")
    until(page, lambda: registered)
    page.goto("about:blank")
    mine.mend()
    about = {"origin": mine.line.url, "registrationId": registered[0], "tag": "registers"}
    browser.send("ServiceWorker.dispatchSyncEvent", about | {"lastChance": True})
    page.goto("/static/favicon.svg")
    until(page, lambda: page.evaluate(WAITING) == [])
    assert stored(session) == [("Apaza", "absent", 1)]


def test_next_tutor_on_the_phone_sees_nothing_of_the_one_before(
    phone, tutor, other_tutor, session, people, address, other_group
):
    mine = phone().enter(tutor)
    wait_without_line(mine, people, address).close()
    page = mine.context.pages[0] if mine.context.pages else mine.context.new_page()
    mine.context.clear_cookies()
    mine.mend()
    mine.enter(other_tutor)
    page.goto(reverse("tutors:home"))
    expect(page.locator("html[data-kept]")).to_be_attached()
    assert "Apaza" not in page.evaluate(KEPT)
    assert "Apaza" not in str(page.evaluate(WAITING))
    expect(page.locator("#waiting")).to_be_hidden()
    mine.cut()
    page.goto(address)  # not in the copies: the list of the own registers instead
    expect(page.locator("#outbox")).to_be_hidden()
    expect(page.locator("[data-keep]")).to_have_count(1)
    assert "Apaza" not in page.content()
    mine.mend()
    assert stored(session) == []


def test_page_of_nobody_deletes_the_copies(phone, tutor, session, people):
    mine = phone().enter(tutor)
    page = mine.kept()
    assert "Apaza" in page.evaluate(KEPT)
    mine.context.clear_cookies()
    page.goto(reverse("account_login"))
    expect(page.locator("html.has-script")).to_be_attached()
    until(page, lambda: page.evaluate(KEPT) == "")


def test_copy_of_more_than_a_week_is_not_shown(phone, tutor, people, address):
    mine = phone().enter(tutor)
    page = mine.kept()
    page.evaluate(
        """async path => {
            const name = (await caches.keys()).find(name => name.startsWith('registers-'));
            const cache = await caches.open(name);
            const copy = await cache.match(path);
            const headers = new Headers(copy.headers);
            headers.set('X-Kept-At', Date.now() - 8 * 864e5);
            await cache.put(path, new Response(await copy.text(), {headers}));
        }""",
        address,
    )
    mine.cut()
    page.goto(address)
    expect(page.locator("[data-keep]")).to_have_count(1)
    expect(page.locator("#register-form")).to_have_count(0)


def test_second_tab_does_not_undo_what_the_first_keeps(phone, tutor, session, people, address):
    mine = phone().enter(tutor)
    first = mine.kept()
    second = mine.context.new_page()
    mine.cut()
    first.goto(address)
    second.goto(address)
    for page, person, state in ((first, people[0], "absent"), (second, people[1], "late")):
        tap(page, person, state)
        save(page)
        expect(page.locator("[data-waits]")).to_be_visible()
    first.close()
    second.goto(reverse("tutors:home"))
    expect(second.locator("#outbox")).to_be_visible()
    mine.mend()
    expect(second.locator("#outbox")).to_be_hidden()
    assert stored(session) == [("Apaza", "absent", 1), ("Condori", "late", 1)]


def test_worker_serves_the_tutors_pages_alone(phone, tutor, people):
    mine = phone().enter(tutor)
    page = mine.kept()
    scopes = page.evaluate(LEFT)
    assert any(scope.endswith(reverse("tutors:home")) for scope in scopes)
    page.goto(reverse("privacy"))
    assert page.evaluate("navigator.serviceWorker.controller") is None


def test_copy_and_list_are_accessible_and_fit(phone, tutor, people, address, axe, fits):
    mine = phone().enter(tutor)
    page = wait_without_line(mine, people, address)
    page.locator(".waiting-marks summary").click()
    axe(page)
    fits(page)
    page.goto(address)
    expect(page.locator("[data-waits]")).to_be_visible()
    axe(page)
    fits(page)
