"""Every page of ours, as its reader opens it: axe finds nothing, and it fits a phone."""

import pytest

from tests.test_access import path_of
from tests.test_queries import filled, pages, reader  # noqa: F401

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clock")]

# unfold frames the coordinator's pages: what is ours is inside.
ADMIN, TASK = "/admin/", ".task"


@pytest.mark.parametrize("filled", [3], indirect=True)
@pytest.mark.parametrize("role", ["participant", "tutor", "coordinator"])
def test_every_page_is_accessible_and_fits(
    role,
    filled,  # noqa: F811
    objects,
    clients,
    browser,
    browser_context_args,
    live_server,
    axe,
    fits,
):
    client = clients[role]()
    context = browser.new_context(**browser_context_args)
    cookie = client.cookies["sessionid"]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    faults, seen = [], 0
    for address in pages():
        path = path_of(address, objects)
        if reader(address) != role:
            continue
        if not client.get(path).headers["Content-Type"].startswith("text/html"):
            continue
        seen += 1
        page.goto(live_server.url + path)
        within = TASK if path.startswith(ADMIN) and page.locator(TASK).count() else None
        for check in (lambda within=within: axe(page, within=within), lambda: fits(page)):
            try:
                check()
            except AssertionError as error:
                faults.append(f"{address.key}: {error}")
        page.set_viewport_size({"width": 1280, "height": 800})
    context.close()
    assert seen
    assert not faults, "\n\n".join(faults)
    assert not errors
