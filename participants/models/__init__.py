from participants.models.attendance import AttendanceRecord
from participants.models.calendar import ParticipantCalendar
from participants.models.completion import ModuleCompletion
from participants.models.enrollments import Enrollment
from participants.models.facilities import Facility, Region
from participants.models.people import (
    DocumentType,
    EmploymentRegime,
    LicenceBoard,
    Participant,
    Person,
    Profession,
    Service,
    Sex,
)

__all__ = [
    "AttendanceRecord",
    "DocumentType",
    "EmploymentRegime",
    "Enrollment",
    "Facility",
    "LicenceBoard",
    "ModuleCompletion",
    "Participant",
    "ParticipantCalendar",
    "Person",
    "Profession",
    "Region",
    "Service",
    "Sex",
]
