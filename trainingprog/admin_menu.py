"""The admin's side bar: sections in the order of a coordinator's work."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from trainingprog.roles import MAY_MERGE

# Each page asks for each address several times, and none ever changes.
_address = lazy(cache(reverse), str)


def _item(title: Any, icon: str, label: str) -> dict[str, Any]:
    app, model = label.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": _address(f"admin:{app}_{model}_changelist"),
        "permission": _may_view(app, model),
    }


def _may_view(app: str, model: str) -> Callable[[HttpRequest], bool]:
    def permission(request: HttpRequest) -> bool:
        user = request.user
        return user.has_perm(f"{app}.view_{model}") or user.has_perm(f"{app}.change_{model}")

    return permission


SECTIONS: list[dict[str, Any]] = [
    {
        "title": _("Edition"),
        "items": [
            {"title": _("Summary"), "icon": "dashboard", "link": _address("admin:index")},
            _item(_("Editions"), "school", "courses.cohort"),
            _item(_("Programs"), "menu_book", "courses.program"),
            _item(_("Question sets"), "comment", "participants.questionset"),
            _item(_("Competencies"), "trending_up", "courses.competency"),
            _item(_("Modules of the editions"), "view_week", "courses.cohortmodule"),
            _item(_("Completion rules"), "rule", "courses.completionrule"),
        ],
    },
    {
        "title": _("Calendar"),
        "separator": True,
        "items": [
            _item(_("Breaks"), "beach_access", "courses.break"),
            _item(_("Patterns"), "event_repeat", "courses.sessionpattern"),
            _item(_("Sessions"), "event", "courses.session"),
        ],
    },
    {
        "title": _("People"),
        "separator": True,
        "items": [
            _item(_("Participants"), "person", "participants.participant"),
            _item(_("Enrollments"), "how_to_reg", "participants.enrollment"),
            {
                "title": _("In twice?"),
                "icon": "person_search",
                "link": _address("person_duplicates"),
                "permission": lambda request: request.user.has_perms(MAY_MERGE),
            },
            _item(_("Tutors"), "supervisor_account", "tutors.tutor"),
            _item(_("Facilities"), "local_hospital", "participants.facility"),
        ],
    },
    {
        "title": _("Groups"),
        "separator": True,
        "items": [
            _item(_("Groups"), "groups", "courses.group"),
            _item(_("Tutors’ assignments"), "assignment_ind", "tutors.tutorassignment"),
        ],
    },
    {
        "title": _("Attendance"),
        "separator": True,
        "items": [
            _item(_("Attendance records"), "fact_check", "participants.attendancerecord"),
            _item(_("Excuses"), "event_busy", "participants.absencerequest"),
            _item(_("Make-ups"), "event_repeat", "participants.makeup"),
            _item(_("Warnings by mail"), "schedule_send", "participants.attendancewarning"),
        ],
    },
    {
        "title": _("Completion"),
        "separator": True,
        "items": [
            _item(_("Scores"), "grading", "participants.score"),
            _item(_("Module completions"), "task_alt", "participants.modulecompletion"),
            _item(_("Outcomes of the edition"), "task_alt", "participants.editionoutcome"),
            _item(
                _("Designs of certificates"), "workspace_premium", "participants.certificatedesign"
            ),
        ],
    },
    {
        "title": _("Accounts"),
        "separator": True,
        "items": [
            _item(_("Accounts"), "manage_accounts", "trainingprog.user"),
            _item(_("Privacy notice accepted"), "policy", "trainingprog.privacyacceptance"),
        ],
    },
    {
        "title": _("Tasks"),
        "separator": True,
        "items": [
            _item(_("Background tasks"), "schedule_send", "trainingprog.backgroundtask"),
        ],
    },
]


def sections(request: HttpRequest) -> list[dict[str, Any]]:
    return SECTIONS
