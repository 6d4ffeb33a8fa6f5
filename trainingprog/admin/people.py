"""Participants, tutors and the facilities where they work."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
)
from unfold.decorators import action, display

from courses.models import Cohort
from participants.models import Enrollment, Facility, Participant, Person, Region
from trainingprog.account_states import ACCOUNT_STATES, account_state
from trainingprog.admin.base import RecordAdmin, ShownInline
from trainingprog.admin.fields import MobileField
from trainingprog.inviting import give_accounts_and_invite, may_invite
from trainingprog.roles import MAY_MERGE
from tutors.models import Tutor, TutorAssignment

ACCOUNT_COLOURS = {
    "none": None,
    "waiting": "info",
    "invited": "warning",
    "entered": "success",
    "inactive": "danger",
}


class AccountFilter(DropdownFilter):
    title = _("account")
    parameter_name = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(ACCOUNT_STATES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        conditions: dict[str, dict[str, Any]] = {
            "none": {"user__isnull": True},
            "waiting": {"user__is_active": True, "user__invited_at__isnull": True}
            | {"user__last_login__isnull": True},
            "invited": {"user__is_active": True, "user__invited_at__isnull": False}
            | {"user__last_login__isnull": True},
            "entered": {"user__is_active": True, "user__last_login__isnull": False},
            "inactive": {"user__is_active": False},
        }
        return queryset.filter(**conditions.get(self.value() or "", {}))


class CohortFilter(DropdownFilter):
    """Of which edition the people are; `field` leads from the person to it."""

    title = _("edition")
    parameter_name = "edition"
    field = "enrollments__cohort"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), code) for pk, code in Cohort.objects.values_list("pk", "code")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = str(self.value() or "")
        return queryset.filter(**{self.field: value}).distinct() if value.isdecimal() else queryset


class TutorsCohortFilter(CohortFilter):
    field = "assignments__group__cohort"


class PersonForm(ModelForm):
    mobile = MobileField(
        label=capfirst(_("mobile")),
        required=False,
        help_text=_("9 digits, or with the country code: +51 957 094 499."),
    )


class PersonAdmin(RecordAdmin):
    form = PersonForm
    list_select_related = ["user"]
    ordering = ["paternal_surname", "maternal_surname", "given_names"]
    search_fields = ["paternal_surname", "maternal_surname", "given_names", "email"]
    search_help_text = _("Surname, name or e-mail")
    autocomplete_fields = ["user"]
    actions = ["delete_selected", "create_accounts_and_invite"]
    actions_submit_line = ["save_and_invite"]
    identity: tuple[Any, dict[str, Any]] = (
        None,
        {
            "fields": [
                ("document_type", "document_number"),
                ("paternal_surname", "maternal_surname", "given_names"),
                ("email", "mobile"),
            ]
        },
    )
    account: tuple[Any, dict[str, Any]] = (
        _("Account"),
        {
            "fields": ["user"],
            "description": _(
                "Left empty, “Save and invite” finds or makes the account of this person. Who is"
                " tutor and participant has one account for both."
            ),
        },
    )

    def has_invite_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may_invite(request)

    @admin.action(permissions=["invite"], description=_("Create accounts and invite"))
    def create_accounts_and_invite(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        give_accounts_and_invite(request, queryset.select_related("user"))

    @action(permissions=["invite"], description=_("Save and invite"))
    def save_and_invite(self, request: HttpRequest, obj: Person) -> None:
        give_accounts_and_invite(request, [obj])

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data and obj.user and obj.user.email != obj.email:
            text = gettext("The log-in stays %(account)s: change it in the account as well.")
            self.message_user(request, text % {"account": obj.user.email}, messages.WARNING)

    @admin.display(description=_("name"), ordering="paternal_surname")
    def sorting_name(self, person: Person) -> str:
        return person.sorting_name

    @admin.display(description=_("document"))
    def document(self, person: Person) -> str:
        return f"{person.get_document_type_display()} {person.masked_document}"

    @display(description=_("account"), label=ACCOUNT_COLOURS)
    def account_state(self, person: Person) -> tuple[str, Any]:
        state = account_state(person.user)
        return state, ACCOUNT_STATES[state]


class EnrollmentInline(ShownInline):
    model = Enrollment
    fields = ["cohort", "group", "status", "enrolled_on", "ended_on"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.select_related("cohort", "group", "participant")


@admin.register(Participant)
class ParticipantAdmin(PersonAdmin):
    list_display = [
        "sorting_name",
        "document",
        "profession",
        "service",
        "facility",
        "account_state",
    ]
    list_filter = [
        CohortFilter,
        AccountFilter,
        ("profession", ChoicesDropdownFilter),
        ("service", ChoicesDropdownFilter),
        ("employment_regime", ChoicesDropdownFilter),
        ("facility__region", ChoicesDropdownFilter),
        ("facility", AutocompleteSelectFilter),
    ]
    list_select_related = ["user", "facility"]
    autocomplete_fields = ["user", "facility"]
    actions = [*PersonAdmin.actions, "merge_chosen"]
    inlines = [EnrollmentInline]
    fieldsets = [
        PersonAdmin.identity,
        (_("About the person"), {"fields": [("sex", "birth_date")]}),
        (
            _("Work"),
            {
                "fields": [
                    ("profession", "employment_regime"),
                    ("licence_board", "licence_number"),
                    ("service", "facility"),
                ],
                "description": _(
                    "As of now. What held during an edition is kept on its enrollment."
                ),
            },
        ),
        PersonAdmin.account,
    ]
    keep_instead = _(
        "Withdraw the enrollment instead: its status becomes “withdrawn”, with the last day."
    )

    def has_merge_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms(MAY_MERGE)

    @admin.action(permissions=["merge"], description=_("Merge the two chosen"))
    def merge_chosen(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        chosen = list(queryset.order_by("pk").values_list("pk", flat=True)[:3])
        if len(chosen) == 2:
            return redirect("person_merge", *chosen)
        self.message_user(request, gettext("Choose exactly two people."), messages.ERROR)
        return None


class AssignmentInline(ShownInline):
    model = TutorAssignment
    fields = ["cohort", "group", "starts_on", "ends_on"]
    readonly_fields = ["cohort"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.select_related("group__cohort", "tutor")

    @admin.display(description=_("edition"))
    def cohort(self, assignment: TutorAssignment) -> Cohort:
        return assignment.group.cohort


@admin.register(Tutor)
class TutorAdmin(PersonAdmin):
    list_display = ["sorting_name", "document", "profession", "email", "account_state"]
    list_filter = [TutorsCohortFilter, AccountFilter, ("profession", ChoicesDropdownFilter)]
    inlines = [AssignmentInline]
    fieldsets = [PersonAdmin.identity, (_("Work"), {"fields": ["profession"]}), PersonAdmin.account]
    keep_instead = _("End the assignments instead, and deactivate the account.")


@admin.register(Facility)
class FacilityAdmin(RecordAdmin):
    list_display = ["name", "renipress", "place", "district", "people"]
    list_filter = [("region", ChoicesDropdownFilter)]
    search_fields = ["name", "renipress", "district"]
    fieldsets = [(None, {"fields": ["name", ("renipress", "region", "district")]})]
    keep_instead = _("Correct its data instead: participants and past enrollments name it.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(people_number=Count("participants"))

    @admin.display(description=_("region"), ordering="region")
    def place(self, facility: Facility) -> str:
        return Region(facility.region).label

    @admin.display(description=_("participants"), ordering="people_number")
    def people(self, facility: Any) -> int:
        return int(facility.people_number)
