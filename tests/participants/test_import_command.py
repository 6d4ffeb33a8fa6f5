import io
import json

import pytest
from django.core.management import CommandError, call_command

from participants.models import Enrollment, Facility
from tests.factories import CohortFactory


def run(name, *args, **options):
    out = io.StringIO()
    call_command(name, *args, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def edition(db, data):
    run("import_facilities", data / "facilities.csv")
    return CohortFactory(code="ATN-1")


def test_json_has_the_agreed_keys(edition, data):
    out = run(
        "import_participants", data / "participants-messy.xlsx", cohort="ATN-1", format="json"
    )
    result = json.loads(out)
    assert list(result) == ["created", "updated", "unchanged", "blank", "duplicates", "errors"]
    assert result["duplicates"] == [{"row": 138, "of": 15}]
    assert list(result["errors"][0]) == ["row", "column", "value", "message"]
    assert Enrollment.objects.count() == result["created"] == 132


def test_dry_run_writes_nothing(edition, data):
    out = run("import_participants", data / "participants-132.xlsx", "--dry-run", cohort="ATN-1")
    assert "132" in out
    assert not Enrollment.objects.exists()


def test_text_names_rows_columns_and_values(edition, data):
    out = run("import_participants", data / "participants-messy.xlsx", cohort="ATN-1")
    assert "142  Región: Lima Norte Sur" in out
    assert "138  = 15" in out


def test_unknown_facilities_are_errors_and_none_is_invented(data, db):
    CohortFactory(code="ATN-1")
    out = run("import_participants", data / "participants-132.xlsx", cohort="ATN-1", format="json")
    result = json.loads(out)
    assert (result["created"], len(result["errors"])) == (0, 132)
    assert not Facility.objects.exists()


def test_enrolled_on_is_taken(edition, data):
    day = edition.starts_on.replace(day=9)
    run(
        "import_participants",
        str(data / "participants-132.xlsx"),
        "--enrolled-on",
        day.isoformat(),
        "--cohort",
        "ATN-1",
    )
    assert set(Enrollment.objects.values_list("enrolled_on", flat=True)) == {day}


@pytest.mark.parametrize("dry_run", [True, False])
def test_full_edition_is_a_command_error(data, db, dry_run):
    run("import_facilities", data / "facilities.csv")
    CohortFactory(code="ATN-1", capacity=131)
    with pytest.raises(CommandError, match="131"):
        run("import_participants", data / "participants-132.xlsx", cohort="ATN-1", dry_run=dry_run)


def test_file_or_edition_that_is_not_there_is_a_command_error(edition, data, tmp_path):
    with pytest.raises(CommandError, match="nada"):
        run("import_participants", tmp_path / "nada.xlsx", cohort="ATN-1")
    with pytest.raises(CommandError, match="ATN-9"):
        run("import_participants", data / "participants-132.xlsx", cohort="ATN-9")
    broken = tmp_path / "lista.xlsx"
    broken.write_bytes(b"%PDF-1.7")
    with pytest.raises(CommandError, match="PDF"):
        run("import_facilities", broken)


def test_sheet_without_its_columns_is_a_command_error(edition, data):
    with pytest.raises(CommandError):
        run("import_participants", data / "facilities.csv", cohort="ATN-1")
