"""The checks that the other tests lean on find what they are there to find."""

import threading

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection

ADDRESS = "http://example.test/"
POLICY = "default-src 'self'"


@pytest.fixture
def show(page):
    """Shows a document under the product's kind of Content-Security-Policy."""

    def show(body: str) -> None:
        document = (
            "<!doctype html><html lang='es'><head><title>Prueba</title>"
            "<meta name='viewport' content='width=device-width'></head>"
            f"<body><main><h1>Prueba</h1>{body}</main></body></html>"
        )
        page.route(
            "**/*",
            lambda route: route.fulfill(
                body=document,
                content_type="text/html; charset=utf-8",
                headers={"Content-Security-Policy": POLICY},
            ),
        )
        page.goto(ADDRESS)

    return show


def test_console_errors_hold_a_breach_of_the_policy(page, show, console_errors) -> None:
    show("<script>window.ran = true</script>")
    assert page.evaluate("window.ran") is None
    assert len(console_errors.unexpected()) == 1
    console_errors.allow("Content Security Policy")
    assert console_errors.unexpected() == []


def test_axe_passes_a_plain_page_under_the_policy(page, show, axe) -> None:
    show("<p>Nada que objetar.</p>")
    axe(page)


def test_axe_names_an_image_without_text(page, show, axe, console_errors) -> None:
    console_errors.allow("Content Security Policy")  # the image itself is refused
    show("<p><img src='data:,' class='foto'></p>")
    with pytest.raises(AssertionError, match=r"image-alt[\s\S]*foto"):
        axe(page)


def test_fits_names_what_sticks_out_and_what_is_small(page, show, fits) -> None:
    show("<pre>" + "x" * 200 + "</pre>")
    with pytest.raises(AssertionError, match=r"sticks out[\s\S]*<pre>"):
        fits(page)
    show("<button>pequeño</button>")
    with pytest.raises(AssertionError, match=r"px high[\s\S]*pequeño"):
        fits(page)


def test_fits_lets_a_link_in_a_sentence_be(page, show, fits) -> None:
    show("<p>Lea <a href='/x'>las bases</a> antes de postular.</p>")
    fits(page)


def test_at_once_runs_in_own_threads_and_connections(at_once) -> None:
    both = threading.Barrier(2, timeout=10)

    def call(index: int) -> tuple[int, int, int]:
        both.wait()  # passes only if the other call runs meanwhile
        return index, id(connection.connection), ContentType.objects.count()

    (first, first_connection, first_count), (second, second_connection, count) = at_once(call)
    assert (first, second) == (0, 1)
    assert len({first_connection, second_connection, id(connection.connection)}) == 3
    assert first_count == count > 0


def test_at_once_returns_what_was_raised(at_once) -> None:
    def call(index: int) -> str:
        if index:
            raise LookupError("second")
        return "first"

    first, second = at_once(call)
    assert first == "first"
    assert isinstance(second, LookupError)


@pytest.mark.postgres
def test_postgres_tests_run_on_postgres_only(db) -> None:
    assert connection.vendor == "postgresql"
