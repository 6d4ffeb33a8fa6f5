"""Import a sheet of facilities, known by their RENIPRESS code."""

from participants.facility_import import FacilityImport
from participants.import_command import ImportCommand


class Command(ImportCommand):
    help = __doc__
    kind = FacilityImport
