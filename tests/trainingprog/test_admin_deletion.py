"""Nothing that attendance hangs on is deleted; the refusal says what to do instead."""

import pytest

from courses.models import (
    Break,
    Cohort,
    CohortModule,
    CompletionRule,
    Group,
    Program,
    Session,
    SessionPattern,
)
from participants.models import (
    AttendanceRecord,
    Enrollment,
    Facility,
    ModuleCompletion,
    Participant,
)
from tests.factories import (
    BreakFactory,
    CohortFactory,
    CohortModuleFactory,
    CompletionRuleFactory,
    EnrollmentFactory,
    FacilityFactory,
    GroupFactory,
    ParticipantFactory,
    ProgramFactory,
    SessionFactory,
    SessionPatternFactory,
    TutorFactory,
    UserFactory,
)
from tests.trainingprog.admin_rows import first, make_rows, messages_of, submit, url_of
from trainingprog.models import User
from tutors.models import Tutor

USED = [
    Program,
    Cohort,
    CohortModule,
    Group,
    SessionPattern,
    Session,
    Facility,
    Participant,
    Enrollment,
    Tutor,
    User,
]
KEPT_FOR_GOOD = [AttendanceRecord, ModuleCompletion, CompletionRule]


@pytest.fixture
def superuser(db):
    return UserFactory(email="jefa@ensap.example", is_staff=True, is_superuser=True)


@pytest.fixture
def client(superuser, log_in):
    return log_in(superuser)


@pytest.mark.parametrize("model", USED, ids=lambda model: model.__name__)
def test_row_in_use_is_kept_and_says_what_to_do(model, superuser, client, clock):
    make_rows(1, superuser)
    row = superuser if model is User else first(model)
    for response in (
        client.get(url_of(model, "delete", row.pk)),
        client.post(url_of(model, "delete", row.pk), {"post": "yes"}),
    ):
        assert response.status_code == 302
        (told,) = messages_of(response)[-1:]
        advice = client.get(url_of(model, "changelist")).context["cl"].model_admin.keep_instead
        assert str(advice) in told
    assert model._default_manager.filter(pk=row.pk).exists()
    assert AttendanceRecord.objects.count() == 1


@pytest.mark.parametrize("model", USED, ids=lambda model: model.__name__)
def test_rows_in_use_are_kept_when_chosen_in_the_list(model, superuser, client, clock):
    make_rows(1, superuser)
    rows = model._default_manager.all()
    data = {
        "action": "delete_selected",
        "_selected_action": [row.pk for row in rows],
        "post": "yes",
    }
    before = rows.count()
    response = client.post(url_of(model, "changelist"), data)
    assert response.status_code == 302
    assert rows.all().count() == before


@pytest.mark.parametrize("model", KEPT_FOR_GOOD, ids=lambda model: model.__name__)
def test_records_are_deleted_by_nobody(model, superuser, client, clock):
    make_rows(1, superuser)
    assert client.post(url_of(model, "delete", first(model).pk), {"post": "yes"}).status_code == 403
    assert model._default_manager.exists()


@pytest.mark.parametrize(
    "factory",
    [
        ProgramFactory,
        CohortFactory,
        GroupFactory,
        BreakFactory,
        SessionFactory,
        SessionPatternFactory,
        FacilityFactory,
        ParticipantFactory,
        TutorFactory,
    ],
)
def test_row_that_nothing_hangs_on_is_deleted_by_the_coordinator(factory, coordinator, log_in):
    row = factory()
    client = log_in(coordinator)
    page = client.get(url_of(type(row), "delete", row.pk))
    assert page.status_code == 200
    client.post(url_of(type(row), "delete", row.pk), {"post": "yes"})
    assert not type(row)._default_manager.filter(pk=row.pk).exists()


def test_module_with_its_rule_alone_is_deleted_by_the_coordinator(coordinator, log_in):
    module = CompletionRuleFactory().cohort_module
    response = log_in(coordinator).post(url_of(CohortModule, "delete", module.pk), {"post": "yes"})
    assert response.status_code == 302
    assert not CompletionRule.objects.exists()


def test_module_in_use_is_kept_when_taken_out_of_its_edition(client, cohort, clock):
    module = CohortModuleFactory(cohort=cohort)
    SessionFactory(cohort=cohort, cohort_module=module)
    response = submit(
        client,
        url_of(Cohort, "change", cohort.pk),
        **{"cohort_modules-0-DELETE": "on"},
    )
    assert response.status_code == 200
    assert CohortModule.objects.exists()


def test_account_that_was_never_used_is_deleted(client):
    account = UserFactory()
    client.post(url_of(User, "delete", account.pk), {"post": "yes"})
    assert not User.objects.filter(pk=account.pk).exists()


def test_enrollment_is_not_deleted_by_the_coordinator(coordinator, log_in):
    row = EnrollmentFactory()
    response = log_in(coordinator).post(url_of(Enrollment, "delete", row.pk), {"post": "yes"})
    assert response.status_code == 403


def test_break_is_deleted(client, cohort):
    row = BreakFactory(cohort=cohort)
    client.post(url_of(Break, "delete", row.pk), {"post": "yes"})
    assert not Break.objects.exists()
