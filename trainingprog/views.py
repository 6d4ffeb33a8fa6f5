from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Each to the own first page: coordinators before tutors before participants."""
    user = request.user
    if user.is_staff:
        return redirect("admin:index")
    if getattr(user, "tutor", None):
        return redirect("tutors:home")
    if getattr(user, "participant", None):
        return redirect("participants:home")
    return render(request, "no_role.html", status=403)
