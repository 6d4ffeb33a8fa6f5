import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from courses.models import Cohort
from tests.factories import EnrollmentFactory, SessionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


def send(client, cohort: Cohort, **changes: Any):
    """The edition's form, sent as it stands but for the changes."""
    path = reverse("admin:courses_cohort_change", args=[cohort.pk])
    page = client.get(path)
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data = {}
    for form in forms:
        for field in form:
            value = field.value()
            if isinstance(value, dt.date):
                value = value.strftime("%d/%m/%Y")
            data[field.html_name] = "" if value is None else value
    return client.post(path, data | changes)


def errors(response) -> dict[str, list[str]]:
    return response.context["adminform"].form.errors


def test_capacity_is_changed(client, cohort, enrollment):
    assert send(client, cohort, capacity=1).status_code == 302
    cohort.refresh_from_db()
    assert cohort.capacity == 1
    assert cohort.history.first().history_user.email == "coordinadora@ensap.example"


def test_capacity_below_the_enrolled_is_refused_at_its_field(client, cohort, enrollment):
    EnrollmentFactory(cohort=cohort)
    EnrollmentFactory(cohort=cohort, status="applied")
    response = send(client, cohort, capacity=1)
    assert "2 " in errors(response)["capacity"][0]
    cohort.refresh_from_db()
    assert cohort.capacity == 132


def test_dates_that_leave_a_session_outside_are_refused_at_their_field(client, cohort):
    SessionFactory(cohort=cohort, day=20)
    response = send(client, cohort, ends_on="10/03/2026")
    assert list(errors(response)) == ["ends_on"]


def test_each_field_that_can_be_edited_is_on_the_form(client, cohort):
    page = client.get(reverse("admin:courses_cohort_change", args=[cohort.pk]))
    editable = {field.name for field in Cohort._meta.fields if field.editable} - {"id"}
    assert editable == set(page.context["adminform"].form.fields)
