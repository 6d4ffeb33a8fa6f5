"""Give the Coordinator group exactly the permissions that its work needs. Safe to repeat."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand
from django.db import transaction

from trainingprog.roles import COORDINATOR

OWN_APPS = ["courses", "participants", "tutors"]
# What is a record of the past is written by the verbs and kept for good.
NOT_BY_HAND = {
    "add_absencerequest",
    "delete_absencerequest",
    "add_makeup",
    "delete_makeup",
    "add_attendancerecord",
    "delete_attendancerecord",
    "add_score",
    "delete_score",
    *(
        f"{action}_{model}"
        for action in ("add", "change", "delete")
        for model in (
            "attendanceevidence",
            "attendancewarning",
            "competencyrating",
            "meetingreport",
            "registerreminder",
            "sharedconnection",
            "namedanswer",
            "surveyedtutor",
        )
    ),
    # Nobody looks at who was asked, or at one answer.
    *(
        f"{action}_{model}"
        for action in ("add", "change", "delete", "view")
        for model in ("anonymousanswer", "surveyinvitation")
    ),
    "delete_survey",
    "delete_certificate",
    "add_certificateregister",
    "change_certificateregister",
    "delete_certificateregister",
    "delete_tutorcertificate",
    "delete_enrollment",
    "delete_modulecompletion",
    "delete_editionoutcome",
    "delete_completionrule",
    "change_completionrule",
}


class Command(BaseCommand):
    help = __doc__

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        group, _created = Group.objects.get_or_create(name=COORDINATOR)
        own = Permission.objects.filter(content_type__app_label__in=OWN_APPS)
        own = own.exclude(codename__in=NOT_BY_HAND)
        own = own.exclude(codename__regex=r"^(add|change|delete)_historical")
        accounts = Permission.objects.filter(
            content_type__app_label="trainingprog",
            codename__in=[
                "view_user",
                "add_user",
                "change_user",
                "view_privacyacceptance",
                "view_backgroundtask",
            ],
        )
        group.permissions.set(own | accounts)
        if options["verbosity"]:
            self.stdout.write(f"{COORDINATOR}: {group.permissions.count()} permissions.")
