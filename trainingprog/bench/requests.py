"""What cases are made of: a page that is asked for, a form that is sent."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import models, transaction

from trainingprog.bench.browsing import Browser
from trainingprog.bench.forms import PageForm, find_form
from trainingprog.bench.measuring import Case


def page(
    name: str, browser: Browser, path: str, prepare: Callable[[], object] | None = None
) -> Case:
    return Case(
        name,
        partial(browser.get, path),
        writes=prepare is not None,
        prepare=prepare,
        path=path,
        page=partial(page_as_prepared, browser, path, prepare),
    )


def verb(
    name: str,
    browser: Browser,
    path: str,
    fields: dict[str, Any],
    prepare: Callable[[], object] | None = None,
) -> Case:
    """A form that is sent and leads on to a page."""
    send = partial(browser.post, path, fields)
    return Case(name, send, status=302, writes=True, prepare=prepare)


def form_of(
    browser: Browser, path: str, having: str, prepare: Callable[[], object] | None = None
) -> PageForm:
    """The page's form as it stands, or as it would stand had `prepare` been done."""
    return find_form(page_as_prepared(browser, path, prepare), having)


def page_as_prepared(
    browser: Browser, path: str, prepare: Callable[[], object] | None = None
) -> bytes:
    with transaction.atomic():
        if prepare is not None:
            prepare()
        found = browser.page(path)
        transaction.set_rollback(True)
    return found


def delete_quickly(rows: models.QuerySet[Any]) -> None:
    """Without the history that each row's own deletion would write."""
    rows._raw_delete(rows.db)
