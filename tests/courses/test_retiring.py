import pytest
from django.core.exceptions import ValidationError

from courses.models import Session, SessionPattern
from courses.retiring import discard, restore, retire
from tests.factories import SessionFactory, SessionPatternFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def pattern():
    return SessionPatternFactory()


def test_retired_pattern_is_out_of_use_until_restored(pattern):
    retire(pattern)
    assert not SessionPattern.objects.get().is_active
    retire(pattern)
    assert not SessionPattern.objects.get().is_active
    restore(pattern)
    assert SessionPattern.objects.get().is_active


def test_pattern_without_sessions_is_discarded(pattern):
    discard(pattern)
    assert not SessionPattern.objects.exists()
    discard(pattern)


def test_pattern_with_a_session_is_not_discarded(pattern):
    SessionFactory(cohort=pattern.cohort, pattern=pattern)
    with pytest.raises(ValidationError) as refused:
        discard(pattern)
    assert refused.value.code == "has_sessions"
    assert (SessionPattern.objects.count(), Session.objects.count()) == (1, 1)
