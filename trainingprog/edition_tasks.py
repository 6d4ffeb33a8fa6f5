"""The tasks of an edition in the order in which they are done, each with how it stands."""

import datetime as dt
from dataclasses import replace

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Cohort
from trainingprog.edition_overview import EditionOverview
from trainingprog.open_tasks import Link, Task, admin_url, list_url


def edition_tasks(overview: EditionOverview) -> tuple[Task, ...]:
    """Of a closed edition nothing is open but its certificates: all else can no longer be done."""
    certificates = _certificates(overview)
    tasks = (
        _data(overview),
        _modules(overview),
        _breaks(overview),
        _timetable(overview),
        _applications(overview),
        _people(overview),
        _groups(overview),
        _accounts(overview),
        _attendance(overview),
        _scores(overview),
        _results(overview),
        _competencies(overview),
        _surveys(overview),
        _outcomes(overview),
        certificates,
        _closing(overview),
        _exchange(overview),
    )
    if overview.cohort.status != Cohort.Status.CLOSED:
        return tasks
    return tuple(task if task is certificates else replace(task, is_open=False) for task in tasks)


def _data(overview: EditionOverview) -> Task:
    standing = _("Capacity %(capacity)d, minimum attendance %(percent)d %%.") % {
        "capacity": overview.cohort.capacity,
        "percent": overview.cohort.minimum_attendance_percent,
    }
    is_draft = overview.cohort.status == Cohort.Status.DRAFT
    if is_draft:
        unseen = _(
            "A draft: participants and tutors do not see it yet. Change its status once ready."
        )
        standing = f"{standing} {unseen}"
    link = Link(
        _("Edit data and policy"), admin_url("courses.cohort", "change", overview.cohort.pk)
    )
    return Task(_("Data and policy"), standing, is_draft, (link,))


def _modules(overview: EditionOverview) -> Task:
    without_rule = sum(module.rule_version is None for module in overview.modules)
    if not overview.modules:
        standing = _("No module has its weeks yet.")
    elif without_rule:
        standing = ngettext(
            "%(count)d module has no rule yet.", "%(count)d modules have no rule yet.", without_rule
        ) % {"count": without_rule}
    else:
        count = len(overview.modules)
        standing = ngettext(
            "%(count)d module, with its rule.", "%(count)d modules, with their rules.", count
        ) % {"count": count}
    edit = admin_url("courses.cohort", "change", overview.cohort.pk)
    links = [Link(_("Modules and weeks"), f"{edit}#cohort_modules")]
    if first := next((each for each in overview.modules if each.rule_version is None), None):
        rule = reverse("module_rule", args=[first.cohort_module.pk])
        label = _("Rule of module %(number)d") % {"number": first.cohort_module.module.number}
        links.insert(0, Link(label, rule))
    rules = reverse("edition_rules", args=[overview.cohort.pk])
    if overview.drafts:
        links.insert(0, Link(_("Publish the drafts"), rules))
        waiting = ngettext(
            "%(count)d draft of a rule waits to be published.",
            "%(count)d drafts of rules wait to be published.",
            overview.drafts,
        ) % {"count": overview.drafts}
        standing = f"{standing} {waiting}"
    elif overview.modules:
        links.append(Link(_("Rules"), rules))
    is_open = not overview.modules or bool(without_rule or overview.drafts)
    return Task(_("Modules and rules"), standing, is_open, tuple(links))


def _outcomes(overview: EditionOverview) -> Task:
    cohort = overview.cohort
    links = [
        Link(_("Outcomes"), reverse("edition_decisions", args=[cohort.pk])),
        Link(_("Rule of the edition"), reverse("edition_rule", args=[cohort.pk])),
    ]
    title = _("Outcomes of the edition")
    if not overview.has_rule:
        standing = _("The edition has no rule of its own yet: nothing is decided without it.")
        return Task(title, standing, bool(overview.modules), tuple(reversed(links)))
    standing = _("%(decided)d of %(people)d people decided.") % {
        "decided": overview.concluded,
        "people": overview.enrolled,
    }
    if overview.to_approve:
        waiting = ngettext(
            "%(count)d exception waits for a second person.",
            "%(count)d exceptions wait for a second person.",
            overview.to_approve,
        ) % {"count": overview.to_approve}
        standing = f"{standing} {waiting}"
    is_over = overview.today > cohort.ends_on
    is_open = is_over and overview.concluded < overview.enrolled
    return Task(title, standing, is_open or bool(overview.to_approve), tuple(links))


def _breaks(overview: EditionOverview) -> Task:
    standing = ngettext(
        "%(count)d break besides the public holidays, %(weeks)d teaching weeks.",
        "%(count)d breaks besides the public holidays, %(weeks)d teaching weeks.",
        overview.break_count,
    ) % {"count": overview.break_count, "weeks": overview.week_count}
    edit = admin_url("courses.cohort", "change", overview.cohort.pk)
    return Task(_("Breaks"), standing, False, (Link(_("Edit breaks"), f"{edit}#breaks"),))


def _timetable(overview: EditionOverview) -> Task:
    cohort = overview.cohort
    # Sessions of groups can only be made once there are groups.
    waits_for_groups = bool(overview.pattern_count) and not overview.group_count
    if not overview.pattern_count:
        standing = _("No pattern yet: add one for each kind of session.")
    elif waits_for_groups and not overview.session_count:
        standing = _("No session yet. Those of a group are made once there are groups.")
    else:
        standing = _("%(patterns)d patterns, %(sessions)d sessions.") % {
            "patterns": overview.pattern_count,
            "sessions": overview.session_count,
        }
    links = (
        Link(_("Preview the timetable"), reverse("edition_timetable", args=[cohort.pk])),
        Link(_("Patterns"), list_url("courses.sessionpattern", cohort__id__exact=cohort.pk)),
        Link(_("Sessions"), list_url("courses.session", cohort__id__exact=cohort.pk)),
    )
    is_open = not overview.session_count and not waits_for_groups
    return Task(_("Timetable"), standing, is_open, links)


def _applications(overview: EditionOverview) -> Task:
    cohort = overview.cohort
    opens, closes = cohort.applications_open_at, cohort.applications_close_at
    if opens is None:
        standing = _("No public call: write in its data when applications open.")
    elif closes is None:
        standing = _("The call opens on %(opens)s.") % {"opens": _day(opens)}
    else:
        standing = _("The call goes from %(opens)s to %(closes)s.") % {
            "opens": _day(opens),
            "closes": _day(closes),
        }
    if overview.to_review:
        waiting = ngettext(
            "%(count)d application waits for a decision.",
            "%(count)d applications wait for a decision.",
            overview.to_review,
        ) % {"count": overview.to_review}
        standing = f"{standing} {waiting}"
    links = (
        Link(_("Review applications"), reverse("review_queue", args=[cohort.pk])),
        Link(_("Quotas"), reverse("edition_quotas", args=[cohort.pk])),
    )
    return Task(_("Call and applications"), standing, bool(overview.to_review), links)


def _day(moment: dt.datetime) -> str:
    return f"{timezone.localtime(moment):%d/%m/%Y}"


def _people(overview: EditionOverview) -> Task:
    standing = _("%(enrolled)d of %(capacity)d places taken.") % {
        "enrolled": overview.enrolled,
        "capacity": overview.cohort.capacity,
    }
    cohort = overview.cohort
    links = (
        Link(_("Import participants"), reverse("participants_import", args=[cohort.pk])),
        Link(_("Import facilities"), reverse("facilities_import", query={"edition": cohort.pk})),
        Link(_("Enrollments"), list_url("participants.enrollment", cohort__id__exact=cohort.pk)),
        Link(_("Waiting list"), reverse("edition_waiting_list", args=[cohort.pk])),
    )
    return Task(_("Participants"), standing, not overview.enrolled, links)


def _groups(overview: EditionOverview) -> Task:
    if not overview.group_count:
        standing = _("No groups yet.")
    elif overview.without_group:
        standing = ngettext(
            "%(count)d person is in no group.",
            "%(count)d people are in no group.",
            overview.without_group,
        ) % {"count": overview.without_group}
    elif overview.groups_without_tutor:
        standing = ngettext(
            "%(count)d group has no tutor.",
            "%(count)d groups have no tutor.",
            overview.groups_without_tutor,
        ) % {"count": overview.groups_without_tutor}
    elif overview.gaps:
        count = len({gap.group for gap in overview.gaps})
        standing = ngettext(
            "%(count)d group will have no tutor on some days.",
            "%(count)d groups will have no tutor on some days.",
            count,
        ) % {"count": count}
    else:
        standing = ngettext(
            "%(count)d group, with its tutor.",
            "%(count)d groups, with their tutors.",
            overview.group_count,
        ) % {"count": overview.group_count}
    is_open = bool(not overview.group_count or overview.without_group or overview.gaps)
    cohort = overview.cohort
    links = (
        Link(_("Form groups"), reverse("edition_groups", args=[cohort.pk])),
        Link(_("Import tutors"), reverse("tutors_import", query={"edition": cohort.pk})),
        Link(_("Groups"), list_url("courses.group", cohort__id__exact=cohort.pk)),
        Link(_("Tutors"), list_url("tutors.tutor", edition=cohort.pk)),
    )
    return Task(_("Groups and tutors"), standing, is_open, links)


def _accounts(overview: EditionOverview) -> Task:
    pk = overview.cohort.pk
    if overview.without_account:
        standing = ngettext(
            "%(count)d person has no account.",
            "%(count)d people have no account.",
            overview.without_account,
        ) % {"count": overview.without_account}
    else:
        standing = ngettext(
            "%(count)d person has not entered yet.",
            "%(count)d people have not entered yet.",
            overview.not_entered,
        ) % {"count": overview.not_entered}
    links = (
        Link(_("Invite"), reverse("edition_invitations", args=[pk])),
        Link(_("Without account"), _people_by_account(pk, "none")),
        Link(_("Not invited"), _people_by_account(pk, "waiting")),
        Link(_("Invited, not yet in"), _people_by_account(pk, "invited")),
    )
    return Task(_("Invitations"), standing, bool(overview.without_account), links)


def _attendance(overview: EditionOverview) -> Task:
    cohort = overview.cohort.pk
    standing = ngettext(
        "%(count)d register is overdue.",
        "%(count)d registers are overdue.",
        len(overview.overdue),
    ) % {"count": len(overview.overdue)}
    if overview.excuses_to_decide:
        excuses = ngettext(
            "%(count)d excuse is to be decided.",
            "%(count)d excuses are to be decided.",
            overview.excuses_to_decide,
        ) % {"count": overview.excuses_to_decide}
        standing = f"{standing} {excuses}"
    records = list_url("participants.attendancerecord", enrollment__cohort__id__exact=cohort)
    links = (
        Link(_("Persons and sessions"), reverse("tutors:cohort_matrix", args=[cohort])),
        Link(".xlsx", reverse("edition_attendance_xlsx", args=[cohort])),
        Link(".csv", reverse("edition_attendance_csv", args=[cohort])),
        Link(_("Attendance records"), records),
        Link(
            _("Excuses to decide"),
            list_url(
                "participants.absencerequest",
                enrollment__cohort__id__exact=cohort,
                status__exact="asked",
            ),
        ),
    )
    is_open = bool(overview.overdue or overview.excuses_to_decide)
    return Task(_("Attendance"), standing, is_open, links)


def _results(overview: EditionOverview) -> Task:
    standing = _("What the tests before and after say, in tables and a picture, without names.")
    link = Link(_("Results"), reverse("edition_pre_post", args=[overview.cohort.pk]))
    return Task(_("Pre-test and post-test"), standing, False, (link,))


def _scores(overview: EditionOverview) -> Task:
    cohort = overview.cohort.pk
    count = overview.assessment_count
    standing = ngettext("%(count)d assessment.", "%(count)d assessments.", count)
    links = (
        Link(_("Assessments"), reverse("edition_assessments", args=[cohort])),
        Link(_("Scores"), reverse("tutors:cohort_scores", args=[cohort])),
        Link(_("Import scores"), reverse("scores_import", args=[cohort])),
        Link(".xlsx", reverse("edition_scores_xlsx", args=[cohort])),
    )
    return Task(_("Assessments and scores"), standing % {"count": count}, not count, links)


def _competencies(overview: EditionOverview) -> Task:
    if not overview.competency_count:
        standing = _("Its modules name no competencies: nobody is asked to rate any.")
    else:
        standing = ngettext(
            "%(count)d competency, rated at the start and at the end.",
            "%(count)d competencies, rated at the start and at the end.",
            overview.competency_count,
        ) % {"count": overview.competency_count}
    cohort = overview.cohort.pk
    links = (
        Link(_("Growth"), reverse("edition_competencies", args=[cohort])),
        Link(".xlsx", reverse("edition_competencies_xlsx", args=[cohort])),
    )
    return Task(_("Competencies"), standing, False, links)


def _certificates(overview: EditionOverview) -> Task:
    cohort = overview.cohort
    still_open = sum(not module.is_closed for module in overview.modules)
    if overview.certificates:
        standing = ngettext(
            "%(count)d certificate in force.",
            "%(count)d certificates in force.",
            overview.certificates,
        ) % {"count": overview.certificates}
    elif still_open or not overview.modules:
        standing = _("They are issued once all modules are closed.")
    else:
        standing = _("None was issued yet.")
    if overview.names_asked:
        asked = ngettext(
            "%(count)d correction of a name waits for an answer.",
            "%(count)d corrections of names wait for an answer.",
            overview.names_asked,
        ) % {"count": overview.names_asked}
        standing = f"{standing} {asked}"
    links = (
        Link(_("Certificates"), reverse("edition_certificates", args=[cohort.pk])),
        Link(_("Those issued"), reverse("issued_certificates", args=[cohort.pk])),
    )
    is_due = bool(overview.modules) and not still_open and not overview.certificates
    return Task(_("Certificates"), standing, is_due or bool(overview.names_asked), links)


def _exchange(overview: EditionOverview) -> Task:
    cohort = overview.cohort.pk
    standing = _("Files for other systems. Who took one, and of how many people, is written down.")
    export = admin_url("participants.enrollment", "export")
    links = (
        Link(_("Enrollments (.xlsx, .csv)"), f"{export}?cohort__id__exact={cohort}"),
        Link(_("OneRoster 1.2"), reverse("edition_oneroster", args=[cohort])),
        Link(_("Moodle users"), reverse("edition_moodle", args=[cohort])),
    )
    return Task(_("Take the data along"), standing, False, links)


def _closing(overview: EditionOverview) -> Task:
    cohort = overview.cohort
    links = (Link(_("Checklist and closing"), reverse("edition_closing", args=[cohort.pk])),)
    if cohort.status == Cohort.Status.CLOSED:
        return Task(_("Closing"), _("The edition is closed."), False, links)
    closed = sum(module.is_closed for module in overview.modules)
    standing = _("%(closed)d of %(all)d modules closed.") % {
        "closed": closed,
        "all": len(overview.modules),
    }
    is_over = cohort.ends_on < overview.today
    return Task(_("Closing"), standing, is_over, links)


def _surveys(overview: EditionOverview) -> Task:
    pk = overview.cohort.pk
    standing = _("They open of their own at the end of each module, and 3 and 6 months after.")
    link = Link(_("Surveys and results"), reverse("edition_surveys", args=[pk]))
    return Task(_("Surveys"), standing, False, (link,))


def _people_by_account(cohort: int, state: str) -> str:
    return list_url("participants.participant", edition=cohort, account=state)
