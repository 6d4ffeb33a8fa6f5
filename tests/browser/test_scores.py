"""The grid of scores: by keyboard, a pasted column, and what was typed before the page was left."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from participants.models import Score
from tests.factories import AssessmentFactory, EnrollmentFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]

PASTE = """([name, text]) => {
  const input = document.getElementsByName(name)[0];
  const data = new DataTransfer();
  data.setData("text/plain", text);
  input.focus();
  const how = {clipboardData: data, bubbles: true, cancelable: true};
  input.dispatchEvent(new ClipboardEvent("paste", how));
}"""


@pytest.fixture
def people(cohort, group):
    return [
        EnrollmentFactory(
            cohort=cohort,
            group=group,
            participant__paternal_surname=name,
            participant__maternal_surname="",
        )
        for name in ("Apaza", "Condori", "Quispe", "Rojas", "Torres")
    ]


@pytest.fixture
def grid(browser, browser_context_args, log_in, tutor, live_server, people, cohort_module):
    """The page on a phone's width, with the fields' names by assessment and person."""
    exams = AssessmentFactory.create_batch(2, cohort_module=cohort_module)
    client = log_in(tutor)
    context = browser.new_context(
        **browser_context_args | {"viewport": {"width": 360, "height": 740}}
    )
    cookie = client.cookies["sessionid"]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    path = reverse("tutors:group_scores", args=[people[0].group_id, cohort_module.pk])
    page.goto(live_server.url + path)
    names = [[f"s{exam.pk}.1.{person.pk}" for person in people] for exam in exams]
    yield page, names
    context.close()


def field(page, name: str):
    return page.locator(f'[name="{name}"]')


def values() -> list[str]:
    rows = Score.objects.order_by("assessment", "enrollment")
    return [row.result for row in rows]


def test_scores_by_keyboard_survive_leaving_the_page_and_are_saved(grid, fits):
    page, (exam, other) = grid
    field(page, exam[0]).focus()
    page.keyboard.type("14,5")
    page.keyboard.press("Enter")
    page.keyboard.type("np")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("21")
    page.keyboard.press("ArrowRight")
    expect(field(page, other[2])).to_be_focused()
    page.keyboard.type("11")
    expect(page.locator("#score-count")).to_contain_text("4")
    expect(field(page, exam[2])).to_have_attribute("aria-invalid", "true")
    fits(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator("#score-draft")).to_be_visible()
    expect(field(page, exam[2])).to_have_value("21")
    page.get_by_role("button", name="Guardar").click()
    expect(page.locator(".score-told")).to_have_count(1)
    assert values() == ["14,5", "NP", "11"]
    field(page, exam[2]).fill("12")
    page.get_by_role("button", name="Guardar").click()
    expect(page.locator(".score-unsaved")).to_have_count(0)
    assert values() == ["14,5", "NP", "12", "11"]
    page.reload()
    expect(page.locator("#score-draft")).to_be_hidden()


def test_pasted_column_fills_and_one_with_names_is_matched(grid, people):
    page, (exam, other) = grid
    page.evaluate(PASTE, [exam[0], "11\n12\n13\nNP\n15\n"])
    expect(field(page, exam[4])).to_have_value("15")
    page.get_by_role("button", name="Guardar").click()
    expect(page.locator(".alert-success")).to_be_visible()
    page.wait_for_load_state()  # its script listens
    assert values() == ["11", "12", "13", "NP", "15"]
    # The same column once more, one to the side: asked before anything is filled in.
    page.evaluate(PASTE, [other[0], "11\n12\n13\nNP\n15\n"])
    expect(page.locator("#score-asks")).to_be_visible()
    expect(field(page, other[0])).to_have_value("")
    page.locator("#score-leave").click()
    # By name, in another order.
    names = [person.participant.sorting_name for person in people]
    page.evaluate(PASTE, [other[0], f"{names[2]}\t18\n{names[0]}\t17\n"])
    expect(page.locator("#score-match")).to_be_focused()
    page.locator("#score-match").click()
    expect(field(page, other[2])).to_have_value("18")
    assert len(values()) == 5
    page.get_by_role("button", name="Guardar").click()
    expect(page.locator(".score-unsaved")).to_have_count(0)
    assert values()[5:] == ["17", "18"]
