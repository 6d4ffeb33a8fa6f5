"""Accounts are made without a password: the invitation lets the person set it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group as Role
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RangeDateTimeFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldBooleanSwitchWidget

from trainingprog.account_states import ACCOUNT_STATES, account_state
from trainingprog.accounts import forget_earlier_address
from trainingprog.admin.base import BaseAdmin, ReadOnlyMixin
from trainingprog.admin.filters import YesNoFilter
from trainingprog.admin.people import ACCOUNT_COLOURS
from trainingprog.inviting import invite_and_tell, may_invite
from trainingprog.models import PrivacyAcceptance, User
from trainingprog.roles import COORDINATOR


class AccountStateFilter(DropdownFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(key, label) for key, label in ACCOUNT_STATES.items() if key != "none"]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        not_in: dict[str, Any] = {"is_active": True, "last_login__isnull": True}
        conditions: dict[str, dict[str, Any]] = {
            "waiting": not_in | {"invited_at__isnull": True},
            "invited": not_in | {"invited_at__isnull": False},
            "entered": {"is_active": True, "last_login__isnull": False},
            "inactive": {"is_active": False},
        }
        return queryset.filter(**conditions.get(self.value() or "", {}))


class AccountForm(forms.ModelForm[User]):
    send_invitation = forms.BooleanField(
        label=capfirst(_("send the invitation now")),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("A mail with a link at which the person sets the password."),
    )

    class Meta:
        model = User
        fields = ["email", "name", "is_active"]


class RightsForm(AccountForm):
    """A form of its own: Django keeps a declared field in a form that does not show it."""

    is_coordinator = forms.BooleanField(
        label=capfirst(_("coordinator")),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("Enters the administration, with all that the work of an edition needs."),
    )

    class Meta(AccountForm.Meta):
        fields = [*AccountForm.Meta.fields, "is_superuser"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["is_coordinator"] = self.instance.groups.filter(name=COORDINATOR).exists()


@admin.register(User)
class AccountAdmin(BaseAdmin):
    """Only a superuser says who coordinates and touches another coordinator's account: nobody
    raises the own rights, nor enters with those of somebody else."""

    form = AccountForm
    list_display = ["email", "name", "roles", "state", "invited_at", "last_login"]
    list_filter = [
        AccountStateFilter,
        ("is_staff", YesNoFilter),
        ("last_login", RangeDateTimeFilter),
    ]
    list_select_related = ["tutor", "participant"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    readonly_fields = ["invited_at", "last_login", "date_joined", "roles"]
    actions = ["delete_selected", "send_invitations"]
    actions_submit_line = ["save_and_invite"]
    keep_instead = _("Deactivate it instead: unmark “active”, and its history stays.")

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        rights = ["is_coordinator", "is_superuser"] if is_superuser(request) else []
        first = ["email", "name"] + (["is_active"] if obj else [])
        sets: list[Any] = [(None, {"fields": first})]
        if rights:
            sets.append((_("Rights"), {"fields": [tuple(rights)]}))
        if obj is None:
            return [*sets, (_("Invitation"), {"fields": ["send_invitation"]})]
        facts = {"fields": ["roles", ("invited_at", "last_login", "date_joined")]}
        return [*sets, (_("So far"), facts)]

    def get_form(self, request: HttpRequest, obj: User | None = None, **kwargs: Any) -> Any:
        if is_superuser(request):
            kwargs["form"] = RightsForm
        return super().get_form(request, obj, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        allowed: bool = super().has_change_permission(request, obj)
        if not allowed or obj is None or is_superuser(request):
            return allowed
        # Whoever changes an address can take the account over.
        return not obj.is_superuser and (not obj.is_staff or obj.pk == request.user.pk)

    def has_invite_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may_invite(request)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        coordinates = form.cleaned_data.get("is_coordinator")
        if coordinates is not None:
            obj.is_staff = bool(coordinates or obj.is_superuser)
        super().save_model(request, obj, form, change)
        if coordinates is not None:
            role = Role.objects.get_or_create(name=COORDINATOR)[0]
            (obj.groups.add if coordinates else obj.groups.remove)(role)
        if change and "email" in form.changed_data:
            forget_earlier_address(obj, form.initial["email"])
        if not change and form.cleaned_data.get("send_invitation"):
            invite_and_tell(request, [obj])

    def refusal(self, rows: Any) -> str | None:
        used = next((user for user in rows if user.last_login is not None), None)
        if used is not None:
            text = gettext("“%(account)s” is not deleted: the person has entered with it.")
            return f"{text % {'account': used}} {self.keep_instead}"
        return super().refusal(rows)

    @admin.action(permissions=["invite"], description=_("Send invitation"))
    def send_invitations(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        invite_and_tell(request, queryset)

    @action(permissions=["invite"], description=_("Save and send invitation"))
    def save_and_invite(self, request: HttpRequest, obj: User) -> None:
        invite_and_tell(request, [obj])

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        names = [
            gettext("coordinator") if user.is_staff else "",
            gettext("tutor") if getattr(user, "tutor", None) else "",
            gettext("participant") if getattr(user, "participant", None) else "",
        ]
        return ", ".join(filter(None, names))

    @display(description=_("state"), label=ACCOUNT_COLOURS)
    def state(self, user: User) -> tuple[str, Any]:
        state = account_state(user)
        return state, ACCOUNT_STATES[state]


@admin.register(PrivacyAcceptance)
class PrivacyAcceptanceAdmin(ReadOnlyMixin, BaseAdmin):
    list_display = ["user", "version", "accepted_at"]
    list_filter = [("accepted_at", RangeDateTimeFilter)]
    list_select_related = ["user"]
    search_fields = ["user__email", "user__name"]
    ordering = ["-accepted_at"]
    actions = None
    fieldsets = [(None, {"fields": ["user", ("version", "accepted_at")]})]


def is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))
