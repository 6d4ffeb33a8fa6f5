"""Files that leave the product: each is written down with who took it, what and how much."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from trainingprog.models import User

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
ZIP = "application/zip"


def write_down(user: User, of: Model, text: str) -> None:
    """In the history of what it is of, the edition mostly, before the file goes out."""
    LogEntry.objects.log_actions(
        user_id=str(user.pk),
        queryset=[of],
        action_flag=CHANGE,
        change_message=text,
        single_object=True,
    )


def file_response(content: bytes, name: str, content_type: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": content_disposition_header(True, name) or "",
            "Cache-Control": "private, no-store",
        },
    )
