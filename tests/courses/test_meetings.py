import datetime as dt

import pytest

from courses.meetings import enter
from tests.factories import SessionFactory

pytestmark = pytest.mark.django_db
LINK = "https://reuniones.example/sala-secreta"


@pytest.mark.parametrize(
    ("minutes", "is_open"), [(-16, False), (-15, True), (0, True), (135, True), (136, False)]
)
def test_meeting_opens_before_the_start_and_closes_after_the_end(cohort, minutes, is_open):
    session = SessionFactory(cohort=cohort, meeting_link=LINK)
    response = enter(session, at=session.starts_at + dt.timedelta(minutes=minutes))
    assert (response is not None) is is_open
    if response is not None:
        assert response.url == LINK
        assert response["Referrer-Policy"] == "no-referrer"


def test_meeting_of_a_cancelled_session_or_without_link_does_not_open(cohort):
    cancelled = SessionFactory(cohort=cohort, status="cancelled", cancellation_reason="Paro")
    assert enter(cancelled, at=cancelled.starts_at) is None
    bare = SessionFactory(cohort=cohort, meeting_link="")
    assert enter(bare, at=bare.starts_at) is None
