"""What a participant is told of the own certificate: the name to be printed, then where it is."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from courses.schedule import school_today
from participants.models import Certificate, Enrollment, NameConfirmation
from participants.printed_names import printed_name

# So long before the edition's last day the name is asked about.
ASKED_BEFORE = dt.timedelta(weeks=4)


@dataclass(frozen=True, slots=True)
class OwnName:
    """`printed` is how it would be printed today; without a confirmation nobody has looked."""

    printed: str
    confirmation: NameConfirmation | None
    until: dt.date | None

    @property
    def is_settled(self) -> bool:
        return self.confirmation is not None and self.confirmation.is_settled

    @property
    def is_asked(self) -> bool:
        """A correction waits for its answer."""
        return self.confirmation is not None and self.confirmation.state == "asked"

    @property
    def is_refused(self) -> bool:
        return self.confirmation is not None and self.confirmation.state == "refused"


@dataclass(frozen=True, slots=True)
class OwnCertificates:
    """`revoked` are those that no other one replaced; `name` is there while it can be changed."""

    in_force: Sequence[Certificate]
    replaced: int
    revoked: Sequence[Certificate]
    name: OwnName | None

    @classmethod
    def of(cls, enrollment: Enrollment, *, at: dt.datetime) -> "OwnCertificates":
        """One query, and none while the edition is not decided for the person."""
        rows = [] if enrollment.status == Enrollment.Status.ENROLLED else _issued(enrollment)
        in_force = [row for row in rows if not row.is_revoked]
        asks = not in_force and _is_near_the_end(enrollment, at)
        return cls(
            in_force=in_force,
            replaced=sum(row.replaced_by_id is not None for row in rows),
            revoked=[row for row in rows if row.is_revoked and row.replaced_by_id is None],
            name=own_name(enrollment, at=at) if asks else None,
        )


def own_name(enrollment: Enrollment, *, at: dt.datetime) -> OwnName:
    """The enrollment comes with its participant, cohort and `name_confirmation`."""
    confirmation = getattr(enrollment, "name_confirmation", None)
    until = enrollment.cohort.names_until
    return OwnName(
        printed=printed_name(enrollment, confirmation),
        confirmation=confirmation,
        until=until if until is not None and until >= school_today(at) else None,
    )


def _issued(enrollment: Enrollment) -> list[Certificate]:
    return list(Certificate.objects.filter(enrollment=enrollment).order_by("-issued_at", "-id"))


def _is_near_the_end(enrollment: Enrollment, at: dt.datetime) -> bool:
    if enrollment.status not in Enrollment.HOLDS_A_PLACE:
        return False
    return school_today(at) >= enrollment.cohort.ends_on - ASKED_BEFORE
