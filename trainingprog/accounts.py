"""Who may log in, and how: by e-mail, no sign-up, both records of the person at hand."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from trainingprog.models import User


class RoleBackend(AuthenticationBackend):
    """Loads the user with the tutor and the participant that it is, in the request's one query."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("tutor", "participant").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
