"""A pattern is taken out of use; its sessions go when the timetable is applied, those held stay."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from courses.models import SessionPattern


def retire(pattern: SessionPattern) -> SessionPattern:
    """The pattern asks for no more sessions. What it generated changes when that is applied."""
    return _use(pattern, is_active=False)


def restore(pattern: SessionPattern) -> SessionPattern:
    return _use(pattern, is_active=True)


@transaction.atomic
def discard(pattern: SessionPattern) -> None:
    """Delete a pattern that has no session. Raises ValidationError where one remains."""
    try:
        SessionPattern.objects.select_for_update().get(pk=pattern.pk).delete()
    except SessionPattern.DoesNotExist:
        return
    except ProtectedError as error:
        raise ValidationError(
            _(
                "The pattern still has sessions. Take it out of use and apply the timetable:"
                " those still ahead are removed. If any were held or set by hand, the pattern"
                " stays with them."
            ),
            code="has_sessions",
        ) from error


def _use(pattern: SessionPattern, *, is_active: bool) -> SessionPattern:
    pattern.is_active = is_active
    pattern.save(update_fields=["is_active"])
    return pattern
