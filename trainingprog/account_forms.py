"""allauth's forms with our labels, and without placeholders: those repeat the label, and vanish."""

from typing import Any

from allauth.account import forms as allauth
from django import forms
from django.utils.translation import gettext_lazy as _


class _PlainFields(forms.Form):
    LABELS = {
        "login": _("E-mail"),
        "email": _("E-mail"),
        "remember": _("Stay logged in on this device"),
        "code": _("Code"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in {"password", "oldpassword"}:
                field.help_text = ""  # the page itself links to the new password
            field.label = self.LABELS.get(name, field.label)


class LoginForm(_PlainFields, allauth.LoginForm):
    pass


class RequestLoginCodeForm(_PlainFields, allauth.RequestLoginCodeForm):
    pass


class ConfirmLoginCodeForm(_PlainFields, allauth.ConfirmLoginCodeForm):
    pass


class ResetPasswordForm(_PlainFields, allauth.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(_PlainFields, allauth.ResetPasswordKeyForm):
    pass


class ChangePasswordForm(_PlainFields, allauth.ChangePasswordForm):
    pass


class SetPasswordForm(_PlainFields, allauth.SetPasswordForm):
    pass


class AddEmailForm(_PlainFields, allauth.AddEmailForm):
    LABELS = {"email": _("New e-mail")}


class ReauthenticateForm(_PlainFields, allauth.ReauthenticateForm):
    pass
