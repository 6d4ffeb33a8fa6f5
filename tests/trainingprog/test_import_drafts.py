import datetime as dt
import io

import pytest
from django.core.management import call_command
from django.db import IntegrityError
from django.utils import timezone

from participants.spreadsheets import CellProblem, Row, Sheet
from tests.factories import UserFactory
from trainingprog.import_drafts import KEPT, clear_drafts, pack_sheet, start_draft, unpack_sheet
from trainingprog.models import ImportDraft

SHEET = Sheet(
    "Hoja",
    (
        Row(2, ("texto", 7846088, 1.5, True, None)),
        Row(5, (dt.datetime(1990, 8, 25, 1, 2), dt.date(1990, 8, 25), CellProblem("=A1", "no"))),
    ),
)


def test_sheet_is_the_same_after_it_was_kept(db):
    draft = start_draft(SHEET, kind="tutors", user=UserFactory(), filename="a" * 300)
    assert unpack_sheet(ImportDraft.objects.get(pk=draft.pk).sheet) == SHEET
    assert unpack_sheet(pack_sheet(SHEET)) == SHEET


def test_only_old_drafts_are_cleared(db):
    user = UserFactory()
    old = start_draft(SHEET, kind="tutors", user=user, filename="vieja.xlsx")
    now = timezone.now()
    ImportDraft.objects.filter(pk=old.pk).update(created_at=now - KEPT - dt.timedelta(minutes=1))
    fresh = start_draft(SHEET, kind="tutors", user=user, filename="nueva.xlsx")
    assert clear_drafts(now=now) == 1
    assert ImportDraft.objects.get() == fresh


def test_command_clears(db):
    start_draft(SHEET, kind="tutors", user=UserFactory(), filename="vieja.xlsx")
    ImportDraft.objects.update(created_at=timezone.now() - KEPT * 2)
    call_command("clear_import_drafts", stdout=io.StringIO())
    assert not ImportDraft.objects.exists()


@pytest.mark.parametrize("kind", ["participants", "otra"])
def test_draft_of_a_wrong_kind_is_refused_by_the_database(db, kind):
    with pytest.raises(IntegrityError):
        ImportDraft.objects.create(kind=kind, user=UserFactory(), filename="x", sheet={})
