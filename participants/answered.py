"""Who has answered, kept so that the database alone does not tell it.

For each answer there is a mark: the invitation's number, sealed with the site's key, which is not
in the database. The key finds out whether an invitation was used; without it a mark is a random
text. So the second answer is refused and the reminder goes to who has not answered.
"""

from collections.abc import Iterable

from django.conf import settings
from django.utils.crypto import salted_hmac

from participants.models import AnsweredMark, Survey, SurveyInvitation


def has_answered(invitation: SurveyInvitation) -> bool:
    return not unanswered([invitation])


def unanswered(invitations: Iterable[SurveyInvitation]) -> list[SurveyInvitation]:
    """Those that were not used, in their order. One query besides theirs."""
    marks = {invitation: set(_marks(invitation.pk)) for invitation in invitations}
    asked = [mark for own in marks.values() for mark in own]
    used = set(AnsweredMark.objects.filter(mark__in=asked).values_list("mark", flat=True))
    return [invitation for invitation, own in marks.items() if not own & used]


def note_answered(survey: Survey, invitations: Iterable[int]) -> None:
    """All of the survey's marks are written anew, in their own order, which says nothing: no place
    of a row and no transaction tells the last one."""
    given = AnsweredMark.objects.filter(survey=survey)
    marks = {row.mark for row in given} | {_marks(pk)[0] for pk in invitations}
    given.delete()
    AnsweredMark.objects.bulk_create(
        AnsweredMark(mark=mark, survey=survey) for mark in sorted(marks)
    )


def forget_answered(invitation: SurveyInvitation) -> None:
    AnsweredMark.objects.filter(mark__in=_marks(invitation.pk)).delete()


def _marks(invitation: int) -> list[str]:
    """By the key of today, and by those it replaced."""
    return [
        salted_hmac("participants.answered", str(invitation), key, algorithm="sha256").hexdigest()
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
