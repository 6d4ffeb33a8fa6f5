"""Every sample gives the minutes expected of it, and nobody is taken for another."""

import json

import pytest
from django.utils import timezone

from participants.meeting_reports.importing import digest_of
from participants.meeting_reports.placing import place
from participants.meeting_reports.planning import plan_report
from participants.meeting_reports.reading import read_report
from tests.participants.meeting_reports.layouts import DETAILED, Stay

SAMPLES = [
    ("2021-11-10", "zoom-en", "zoom"),
    ("2021-11-10", "teams", "teams"),
    ("2021-11-17", "zoom-es", "zoom"),
    ("2021-11-17", "meet", "meet"),
]


@pytest.mark.parametrize(("day", "name", "kind"), SAMPLES)
def test_sample_gives_the_expected_minutes(day, name, kind, reports, session_on):
    expected = json.loads((reports / f"{day}-expected.json").read_text())
    content = (reports / f"{day}-{name}.csv").read_bytes()
    session = session_on(day)
    plan = plan_report(read_report(content), session, digest=digest_of(content))
    told = plan.as_json()
    assert list(told) == ["format", "matched", "review", "unmatched"]
    assert told["format"] == kind
    assert plan.placement.problems == plan.placement.notes == ()

    minutes = {each["email"]: each["minutes"] for each in told["matched"]}
    doubtful = set(expected["review"][name])
    wanted = expected["minutes_by_email"]
    sure = {email: wanted[email] for email in wanted if email not in doubtful}
    assert {email: minutes.get(email) for email in sure} == sure
    assert not minutes.keys() - wanted.keys()
    candidates = {email for each in told["review"] for email in each["candidates"]}
    assert candidates & wanted.keys() == doubtful
    unmatched = {each["shown_name"] for each in told["unmatched"]}
    assert unmatched <= set(expected["not_participants"])


def test_the_same_meeting_in_any_layout_gives_the_same_minutes(reports, session_on):
    expected = json.loads((reports / "2021-11-10-expected.json").read_text())["minutes_by_email"]
    session = session_on("2021-11-10")
    teams = read_report((reports / "2021-11-10-teams.csv").read_bytes())
    stays = [
        Stay(
            each.connection.shown_name,
            each.connection.email,
            *(timezone.make_naive(moment) for moment in each.interval),
        )
        for each in place(teams, session).placed
    ]
    for layout, (kind, make) in DETAILED.items():
        content = make(stays)
        told = plan_report(read_report(content), session, digest=digest_of(content)).as_json()
        minutes = {each["email"]: each["minutes"] for each in told["matched"]}
        assert told["format"] == kind, layout
        assert minutes.items() <= expected.items(), layout
        # Without addresses, who shares a name with another is asked.
        missing = expected.keys() - minutes.keys()
        asked = {email for each in told["review"] for email in each["candidates"]}
        assert missing <= asked, layout
        assert bool(missing) == ("joined and left" in layout), layout
