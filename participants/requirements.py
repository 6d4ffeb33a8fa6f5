"""What one person still needs before a rule.

Pure: everything that is known of the person is given.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from participants.attendance_rates import AttendanceRate
from participants.grades import Average, Grade, hundredths_of, shown
from participants.make_ups import Standing as MakeUpStanding
from participants.rules_in_force import Demands
from participants.standings import FAILED, Kind, Requirement, Requirements, Standing


@dataclass(frozen=True, slots=True)
class ModuleSeen:
    """A module that is a requirement of another or of the edition.

    `standing` is that of its own requirements; `outcome` what was decided, if it counts.
    """

    label: str
    standing: Standing
    is_completed: bool | None
    is_pending: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """All that is known of one person before one rule.

    `is_over`: no session will be added any more. `is_closed`: nothing changes any more, by a
    closed module or edition, or as the person left.
    `titles` are those of the assessments, `grades` the person's in them.
    """

    rate: AttendanceRate
    average: Average
    grades: Mapping[int, Grade]
    titles: Mapping[int, str]
    make_ups: tuple[MakeUpStanding, ...]
    modules: Mapping[int, ModuleSeen]
    ratings_missing: int = 0
    signed_off: bool = False
    is_over: bool = False
    is_closed: bool = False


def requirements(rule: Demands, seen: Seen) -> Requirements:
    """What the rule asks for, in the order in which it is told."""
    found: list[Requirement] = []
    if rule.minimum_attendance_percent:
        found.append(_attendance(seen))
    found += [_score(pk, minimum, seen) for pk, minimum in rule.scores.items()]
    if rule.minimum_average is not None:
        found.append(_average(rule.minimum_average, seen))
    if rule.requires_make_ups:
        found.append(_make_ups(seen))
    if rule.requires_competency_ratings:
        found.append(_competencies(seen))
    found += [
        _module(pk, seen.modules[pk], seen) for pk in seen.modules if pk in rule.prerequisites
    ]
    if rule.requires_sign_off:
        found.append(_sign_off(seen))
    return Requirements(tuple(found))


def _standing(seen: Seen, *, met: bool, possible: bool, is_open: bool) -> Standing:
    """`possible` as of what is open; where nothing changes any more nothing is open."""
    if met:
        return Standing.MET
    if seen.is_closed or not (possible or is_open):
        return Standing.NOT_MET
    return Standing.NOT_YET if possible else Standing.OUT_OF_REACH


def _attendance(seen: Seen) -> Requirement:
    rate = seen.rate
    nothing_yet = not rate.base and not rate.excused and not seen.is_over
    standing = _standing(
        seen,
        met=rate.meets_minimum,
        possible=rate.can_meet_minimum or nothing_yet,
        is_open=rate.base_open > 0 or nothing_yet,
    )
    figures = {
        "minimum": rate.minimum_percent,
        "certain": rate.certain,
        "best": rate.best_possible,
        "in_minutes": rate.in_minutes,
    }
    missing = reach = ""
    if standing != Standing.MET:
        missing = shortfall(rate)
        reach = _reach(standing, rate.best_possible, rate.certain, "{}\u00a0%".format)
    return Requirement(Kind.ATTENDANCE, standing, missing, reach, figures=figures)


def shortfall(rate: AttendanceRate) -> str:
    """By how much the minimum is missed as of now; empty where it is met."""
    if rate.meets_minimum:
        return ""
    if not rate.base:
        return _("no session counts")
    amount = -(-rate.short_hundredths // 100)
    percent = -(-rate.short_hundredths // rate.base)
    if rate.in_minutes:
        text = ngettext(
            "%(amount)d minute or %(percent)d %% is missing",
            "%(amount)d minutes or %(percent)d %% are missing",
            amount,
        )
    else:
        text = ngettext(
            "%(amount)d session or %(percent)d %% is missing",
            "%(amount)d sessions or %(percent)d %% are missing",
            amount,
        )
    return text % {"amount": amount, "percent": percent}


def _reach[Value](
    standing: Standing, best: Value | None, certain: Value | None, show: Callable[[Value], str]
) -> str:
    if standing == Standing.NOT_YET and best is not None:
        return _("%(best)s can still be reached") % {"best": show(best)}
    if standing == Standing.OUT_OF_REACH and best is not None:
        return _("at most %(best)s can be reached") % {"best": show(best)}
    if standing == Standing.NOT_MET and certain is not None:
        return _("%(certain)s was reached") % {"certain": show(certain)}
    return ""


def _average(minimum: Decimal, seen: Seen) -> Requirement:
    average, least = seen.average, hundredths_of(minimum)
    nothing_yet = average.best is None and not seen.is_over
    standing = _standing(
        seen,
        met=average.meets(least) or (seen.is_closed and average.reaches(least)),
        possible=average.can_meet(least) or nothing_yet,
        is_open=not average.is_final and average.best is not None,
    )
    figures = {"minimum": least, "certain": average.certain, "best": average.best}
    missing = reach = ""
    if standing != Standing.MET:
        short = least - (average.certain or 0)
        missing = _("%(points)s points of the average are missing") % {"points": shown(short)}
        if average.reaches(least):
            missing = _(
                "the average is reached, and counts once it is decided, unless an attempt that is"
                " left lowers it"
            )
        reach = _reach(standing, average.best, average.certain, shown)
    is_reached = average.reaches(least)
    return Requirement(
        Kind.AVERAGE, standing, missing, reach, figures=figures, is_reached=is_reached
    )


def _score(pk: int, minimum: Decimal, seen: Seen) -> Requirement:
    grade, least = seen.grades[pk], hundredths_of(minimum)
    is_open = grade.attempts_left > 0
    met = grade.meets(least) or (seen.is_closed and grade.reaches(least))
    standing = _standing(seen, met=met, possible=is_open, is_open=is_open)
    told = {"title": seen.titles[pk], "minimum": shown(least)}
    figures = {
        "title": seen.titles[pk],
        "minimum": least,
        "score": grade.hundredths,
        "did_not_sit": grade.did_not_sit,
    }
    missing = reach = ""
    if standing != Standing.MET:
        missing = _missing_score(grade, least, told)
        if standing == Standing.NOT_YET and grade.results:
            reach = ngettext(
                "%(count)d attempt is left", "%(count)d attempts are left", grade.attempts_left
            ) % {"count": grade.attempts_left}
    is_reached = grade.reaches(least)
    return Requirement(
        Kind.SCORE, standing, missing, reach, of=pk, figures=figures, is_reached=is_reached
    )


def _missing_score(grade: Grade, least: int, told: dict[str, str]) -> str:
    if grade.reaches(least):
        text = _(
            "“%(title)s”: %(minimum)s is reached, and counts once it is decided, unless an attempt"
            " that is left lowers it"
        )
        return text % told
    if grade.hundredths is not None:
        text = _("“%(title)s”: %(value)s, at least %(minimum)s is asked for")
        return text % {**told, "value": shown(grade.hundredths)}
    if grade.did_not_sit:
        return _("“%(title)s” was not sat: at least %(minimum)s is asked for") % told
    return _("a score in “%(title)s” is missing: at least %(minimum)s") % told


def _make_ups(seen: Seen) -> Requirement:
    """A make-up that failed is replaced by the tutor or not: as it stands it is out of reach."""
    pending = seen.make_ups.count(MakeUpStanding.PENDING)
    failed = seen.make_ups.count(MakeUpStanding.FAILED)
    standing = _standing(
        seen, met=not (pending or failed), possible=not failed, is_open=pending > 0
    )
    missing = []
    if pending:
        text = ngettext(
            "%(count)d make-up is still to be done",
            "%(count)d make-ups are still to be done",
            pending,
        )
        missing.append(text % {"count": pending})
    if failed:
        text = ngettext(
            "%(count)d make-up was not done", "%(count)d make-ups were not done", failed
        )
        missing.append(text % {"count": failed})
    figures = {"assigned": len(seen.make_ups), "pending": pending, "failed": failed}
    return Requirement(Kind.MAKE_UPS, standing, ", ".join(missing), figures=figures)


def _competencies(seen: Seen) -> Requirement:
    lacking = seen.ratings_missing
    standing = _standing(seen, met=not lacking, possible=True, is_open=True)
    missing = ""
    if lacking:
        text = ngettext(
            "%(count)d rating of competencies is missing",
            "%(count)d ratings of competencies are missing",
            lacking,
        )
        missing = text % {"count": lacking}
    figures = {"missing": lacking}
    return Requirement(Kind.COMPETENCIES, standing, missing, figures=figures)


def _module(pk: int, module: ModuleSeen, seen: Seen) -> Requirement:
    """What is decided stands; what is not goes as the module's own requirements go, but an
    exception that waits for a second person leaves it open."""
    if module.is_completed is not None:
        standing = Standing.MET if module.is_completed else Standing.NOT_MET
    else:
        possible = module.is_pending or module.standing not in FAILED
        is_open = module.standing != Standing.NOT_MET
        standing = _standing(seen, met=False, possible=possible, is_open=is_open)
    figures = {"module": module.label, "completed": module.is_completed}
    missing = "" if standing == Standing.MET else _missing_module(module)
    return Requirement(Kind.MODULE, standing, missing, of=pk, figures=figures)


def _missing_module(module: ModuleSeen) -> str:
    told = {"module": module.label}
    if module.is_completed is not None:
        return _("%(module)s was not completed") % told
    if module.is_pending:
        return _("%(module)s: its exception waits for a second person") % told
    if module.standing in FAILED:
        return _("what %(module)s asks for is out of reach") % told
    if module.standing == Standing.MET:
        return _("%(module)s meets its rule and is still to be decided") % told
    return _("%(module)s is still to be completed") % told


def _sign_off(seen: Seen) -> Requirement:
    standing = _standing(seen, met=seen.signed_off, possible=True, is_open=True)
    missing = "" if seen.signed_off else _("the tutor’s approval is missing")
    figures = {"given": seen.signed_off}
    return Requirement(Kind.SIGN_OFF, standing, missing, figures=figures)
