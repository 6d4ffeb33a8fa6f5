"""Import a sheet of tutors, known by their document."""

from participants.import_command import ImportCommand
from tutors.tutor_import import TutorImport


class Command(ImportCommand):
    help = __doc__
    kind = TutorImport
