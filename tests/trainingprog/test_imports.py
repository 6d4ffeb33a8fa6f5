import csv
import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from participants.models import Enrollment, Facility, Participant
from participants.spreadsheets import MAX_BYTES
from tests.factories import CohortFactory, FacilityFactory, ParticipantFactory
from tests.sheets import HEADER, PERSON, person
from trainingprog.import_drafts import KEPT
from trainingprog.models import ImportDraft
from tutors.models import Tutor

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def facility(db):
    return FacilityFactory(renipress="00022591", name="CSMC Loreto 2", region="16")


@pytest.fixture
def client(log_in, coordinator):
    return log_in(coordinator)


@pytest.fixture
def address(cohort):
    return reverse("participants_import", args=[cohort.pk])


def file_of(*rows, name="inscritos.csv"):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return SimpleUploadedFile(name, out.getvalue().encode())


def upload(client, address, *rows, header=HEADER, **data):
    fields = client.get(address).context["form"]
    initial = {field.html_name: field.value() or "" for field in fields}
    return client.post(address, initial | {"file": file_of(header, *rows)} | data, follow=True)


def step(name):
    return reverse(f"import_{name}", args=[ImportDraft.objects.get().pk])


def confirm(client, page):
    data = {"fingerprint": page.context["plan"].fingerprint}
    return client.post(step("confirm"), data, follow=True)


def states(page):
    return [row.state for row in page.context["plan"].rows]


def test_upload_shows_and_writes_nothing_until_it_is_confirmed(client, address, facility, cohort):
    page = upload(client, address, PERSON)
    assert page.status_code == 200
    assert states(page) == ["new"]
    assert not Participant.objects.exists()
    done = confirm(client, page)
    assert done.redirect_chain == [(reverse("edition", args=[cohort.pk]), 302)]
    enrollment = Enrollment.objects.get()
    assert (enrollment.cohort, enrollment.enrolled_on) == (cohort, cohort.starts_on)
    assert not ImportDraft.objects.exists()


def test_confirming_leaves_who_did_it(client, address, facility, coordinator):
    confirm(client, upload(client, address, PERSON))
    assert Enrollment.history.get().history_user == coordinator
    assert Participant.history.get().history_user == coordinator


def test_day_of_enrollment_is_asked_and_kept(client, address, facility, cohort):
    page = upload(client, address, PERSON, enrolled_on="2026-03-09")
    confirm(client, page)
    assert Enrollment.objects.get().enrolled_on.isoformat() == "2026-03-09"
    late = upload(client, address, PERSON, enrolled_on="2027-01-01")
    assert late.status_code == 400
    assert "enrolled_on" in late.context["form"].errors


def test_rejected_rows_stay_to_be_downloaded_and_corrected(client, address, facility):
    good = person(number=40000001, email="b@b.pe")
    page = upload(client, address, person(mobile="12"), good)
    after = confirm(client, page)
    assert states(after) == ["error"]
    assert "fingerprint" not in after.content.decode()
    assert f'class="task-button" href="{address}"' in after.content.decode()  # the way on
    draft = ImportDraft.objects.get()
    assert "b@b.pe" not in str(draft.sheet)  # what was taken is kept no longer
    response = client.get(step("rejected"))
    assert response["Content-Disposition"].startswith("attachment")
    rows = list(openpyxl.load_workbook(io.BytesIO(response.content)).active.values)
    assert len(rows) == 2
    assert rows[1][6] == "12"
    corrected = [*rows[1]]
    corrected[6] = "957094499"
    page = upload(client, address, corrected, header=rows[0])
    assert states(page) == ["new"]


def test_repeated_row_that_differs_stays_a_repeated_row(client, address, facility):
    page = upload(client, address, PERSON, person(names="Ana"))
    assert states(page) == ["new", "duplicate"]
    after = confirm(client, page)
    assert states(after) == ["unchanged", "duplicate"]


def test_stale_confirmation_is_shown_again_and_writes_nothing(client, address, facility):
    page = upload(client, address, PERSON)
    ParticipantFactory(document_number="07846088", given_names="Lucía")
    response = confirm(client, page)
    assert response.status_code == 409
    assert response.context["plan"].rows[0].changes
    assert not Enrollment.objects.exists()
    assert client.post(step("confirm")).status_code == 409


def test_full_edition_refuses_with_a_message(client, facility):
    cohort = CohortFactory(capacity=1)
    rows = [PERSON, person(number=40000001, email="b@b.pe")]
    page = upload(client, reverse("participants_import", args=[cohort.pk]), *rows)
    assert page.context["plan"].refusals
    assert page.context["to_take"] == 0
    assert confirm(client, page).status_code == 400
    assert not Participant.objects.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lista.xlsx", b"%PDF-1.7"),
        ("lista.xlsx", b""),
        ("lista.csv", b"a,b\n1,2\n" * 6000),
        ("lista.xls", b"<html><table></table></html>"),
        ("lista.csv", b"x" * (MAX_BYTES + 1)),
    ],
)
def test_wrong_file_is_refused_at_its_field(client, address, name, content):
    data = {"file": SimpleUploadedFile(name, content), "enrolled_on": "2026-03-02"}
    response = client.post(address, data)
    assert response.status_code == 400
    assert response.context["form"].errors["file"]
    assert not ImportDraft.objects.exists()


@pytest.mark.parametrize("name", ["lista.xlsx", "LISTA.XLS", "lista.ods"])
def test_text_with_a_spreadsheets_name_and_no_header_is_named_as_such(client, address, name):
    data = {"file": SimpleUploadedFile(name, b"esto no es una hoja"), "enrolled_on": "2026-03-02"}
    response = client.post(address, data)
    assert response.status_code == 400
    [message] = response.context["form"].errors["file"]
    assert "no la hoja de cálculo que dice su nombre" in message
    assert "Se necesitan" in message
    assert not ImportDraft.objects.exists()


@pytest.mark.parametrize("name", ["lista.csv", "lista.txt"])
def test_text_that_is_named_so_is_asked_for_its_columns(client, address, name):
    data = {"file": SimpleUploadedFile(name, b"esto no es una hoja"), "enrolled_on": "2026-03-02"}
    page = client.post(address, data, follow=True)
    assert page.status_code == 200
    assert page.context["question"]


def test_text_with_a_spreadsheets_name_and_a_header_is_read(client, address, facility):
    file = file_of(HEADER, PERSON, name="lista.xlsx")
    page = client.post(address, {"file": file, "enrolled_on": "2026-03-02"}, follow=True)
    assert states(page) == ["new"]


def test_form_without_a_file_is_refused(client, address):
    assert client.post(address, {"enrolled_on": "2026-03-02"}).status_code == 400


def test_columns_that_cannot_be_told_are_asked(client, address, facility):
    header = [*HEADER, "Correo electrónico"]
    header[6] = "Contacto uno"
    page = upload(client, address, (*PERSON, "otro@b.pe"), header=header)
    assert page.context["plan"] is None
    fields = page.context["columns_form"]
    assert fields["email"].value() == ""
    assert fields["document_number"].value() == "1"
    answers = {field.html_name: field.value() for field in fields} | {"email": 12, "mobile": 6}
    page = client.post(step("columns"), answers, follow=True)
    assert states(page) == ["new"]
    confirm(client, page)
    assert Participant.objects.get().email == "otro@b.pe"
    assert Participant.objects.get().mobile == "+51957094499"


def test_missing_column_is_asked_again_and_one_chosen_twice_refused(client, address, facility):
    page = upload(client, address, PERSON[:5], header=HEADER[:5])
    answers = {field.html_name: field.value() for field in page.context["columns_form"]}
    page = client.post(step("columns"), answers, follow=True)
    assert page.context["plan"] is None
    page = client.post(step("columns"), answers | {"email": 4})
    assert page.status_code == 400
    assert page.context["columns_form"].errors
    assert client.post(step("columns"), answers | {"email": 99}).status_code == 400


def test_header_row_is_asked_where_two_look_like_it(client, address, facility):
    second = tuple(reversed(HEADER))
    page = upload(client, address, ("x",) * 12, second, tuple(reversed(PERSON)))
    assert page.context["asks_header"]
    assert client.post(step("columns"), {"header_row": 2}).status_code == 400
    page = client.post(step("columns"), {"header_row": 3}, follow=True)
    assert states(page) == ["new"]


def test_sheet_without_a_header_says_what_is_needed(client, address):
    page = upload(client, address, PERSON, header=("a", "b"))
    assert page.status_code == 200
    assert page.context["question"]
    assert not page.context["can_choose_columns"]


def two_unknown(client, address):
    return upload(
        client,
        address,
        person(code=None, facility="C.S.M.C. Loreto dos"),
        person(code=None, facility="CSMC Loreto Dos", number=40000001, email="b@b.pe"),
    )


def test_unknown_facility_is_matched_once_for_all_its_rows(client, address, facility):
    page = two_unknown(client, address)
    assert states(page) == ["waiting", "waiting"]
    question = page.context["questions"][0]
    data = {"key": question.facility.key, "known": "00022591", "match": "1"}
    page = client.post(step("facility"), data, follow=True)
    assert states(page) == ["new", "new"]
    confirm(client, page)
    assert set(Enrollment.objects.values_list("facility", flat=True)) == {facility.pk}


def test_unknown_facility_is_created_once_for_all_its_rows(client, address, coordinator, db):
    page = two_unknown(client, address)
    question = page.context["questions"][0]
    assert question.create["region"].value() == "16"
    data = {"key": question.facility.key, "create": "1", "renipress": "99", "region": "16"}
    page = client.post(step("facility"), data)
    assert page.status_code == 400
    assert page.context["questions"][0].create.errors["name"]
    page = client.post(step("facility"), data | {"name": "CSMC Loreto Dos"}, follow=True)
    assert states(page) == ["new", "new"]
    created = Facility.objects.get()
    assert created.renipress == "00000099"
    assert created.history.get().history_user == coordinator


@pytest.mark.parametrize(
    "answer",
    [
        {"match": "1"},
        {"match": "1", "code": "x"},
        {"match": "1", "code": "77"},
        {"match": "1", "known": "1"},
        {"create": "1", "renipress": "22591", "name": "Otra", "region": "16"},
        {"create": "1", "renipress": "abc", "name": "Otra", "region": "16"},
    ],
)
def test_wrong_answer_about_a_facility_is_refused(client, address, facility, answer):
    page = two_unknown(client, address)
    key = page.context["questions"][0].facility.key
    page = client.post(step("facility"), {"key": key} | answer)
    assert page.status_code == 400
    assert Facility.objects.count() == 1


def test_answer_about_a_facility_that_is_settled_changes_nothing(client, address, facility):
    two_unknown(client, address)
    page = client.post(step("facility"), {"key": "name:x:", "create": "1"}, follow=True)
    assert states(page) == ["waiting", "waiting"]


def test_facilities_and_tutors_come_in_by_the_same_page(client, db):
    header = ("RENIPRESS", "Nombre", "Región")
    page = upload(client, reverse("facilities_import"), (7, "CSMC Ate", "Lima"), header=header)
    assert confirm(client, page).redirect_chain == [(reverse("facilities_import"), 302)]
    assert Facility.objects.get().region == "15"
    page = upload(client, reverse("tutors_import"), PERSON)
    confirm(client, page)
    assert Tutor.objects.get().given_names == "Luz"


@pytest.mark.parametrize("name", ["facilities_import", "tutors_import"])
def test_import_from_an_editions_page_leads_back_to_it(client, cohort, name):
    edition = reverse("edition", args=[cohort.pk])
    address = reverse(name, query={"edition": cohort.pk})
    assert address in client.get(edition).content.decode()
    rows = {
        "facilities_import": {"header": ("RENIPRESS", "nombre", "región")},
        "tutors_import": {},
    }[name]
    row = (7, "CSMC Ate", "Lima") if rows else PERSON
    page = upload(client, address, row, **rows)
    assert edition in page.content.decode()
    assert confirm(client, page).redirect_chain == [(edition, 302)]


def test_discarding_an_editions_sheet_leads_back_to_where_it_was_sent(client, cohort, db):
    address = reverse("tutors_import", query={"edition": cohort.pk})
    upload(client, address, PERSON)
    assert client.post(step("discard")).url == address


@pytest.mark.parametrize("edition", ["0", "x", "-1", "9" * 30])
def test_edition_that_is_none_is_left_out(client, db, edition):
    response = client.get(reverse("tutors_import", query={"edition": edition}))
    assert (response.status_code, response.context["cohort"]) == (200, None)


def test_discarding_deletes_the_sheet(client, address, facility):
    upload(client, address, PERSON)
    assert client.post(step("discard")).status_code == 302
    assert not ImportDraft.objects.exists()


def test_old_sheets_are_cleared_at_the_next_visit(client, address, facility):
    upload(client, address, PERSON)
    ImportDraft.objects.update(created_at=timezone.now() - KEPT * 2)
    client.get(address)
    assert not ImportDraft.objects.exists()


def test_another_coordinators_sheet_is_not_found(
    client, address, facility, log_in, django_user_model
):
    page = upload(client, address, PERSON)
    other = django_user_model.objects.create_superuser("otra@ensap.example", "clave")
    ImportDraft.objects.update(user=other)
    for name in ("preview", "rejected"):
        assert client.get(step(name)).status_code == 404
    for name in ("columns", "facility", "confirm", "discard"):
        assert client.post(step(name)).status_code == 404
    assert page.status_code == 200
    assert not Participant.objects.exists()


def addresses(cohort, draft):
    return [
        reverse("participants_import", args=[cohort.pk]),
        reverse("facilities_import"),
        reverse("tutors_import"),
        *(
            reverse(f"import_{name}", args=[draft.pk])
            for name in ("preview", "columns", "facility", "confirm", "rejected", "discard")
        ),
    ]


def test_only_a_coordinator_may_enter(
    log_in, client, address, cohort, tutor, participant, facility
):
    upload(client, address, PERSON)
    draft = ImportDraft.objects.get()
    for user in (tutor, participant):
        ImportDraft.objects.update(user=user)
        other = log_in(user)
        for url in addresses(cohort, draft):
            assert other.post(url).status_code in {302, 403}
            assert other.get(url).status_code in {302, 403}
    assert ImportDraft.objects.exists()


def test_staff_without_the_permissions_is_refused(log_in, coordinator, cohort, db):
    coordinator.groups.clear()
    refused = log_in(coordinator)
    draft = ImportDraft(pk="00000000-0000-4000-8000-000000000000")
    for url in addresses(cohort, draft):
        assert refused.get(url).status_code == 403


def test_wrong_method_is_refused(client, address, facility):
    upload(client, address, PERSON)
    for name in ("columns", "facility", "confirm", "discard"):
        assert client.get(step(name)).status_code == 405
    for name in ("preview", "rejected"):
        assert client.post(step(name)).status_code == 405


def test_preview_costs_the_same_for_1_and_3_rows(
    client, address, facility, django_assert_num_queries
):
    upload(client, address, PERSON)
    with django_assert_num_queries(8):
        client.get(step("preview"))
    ImportDraft.objects.all().delete()
    upload(client, address, *[person(number=40000000 + n, email=f"{n}@b.pe") for n in range(3)])
    with django_assert_num_queries(8):
        assert len(client.get(step("preview")).context["plan"].rows) == 3


def test_page_shows_each_row_and_what_would_change(client, address, facility):
    confirm(client, upload(client, address, PERSON))
    page = upload(client, address, person(surname="<b>Rojas"), person(mobile="912345678"))
    text = re.sub(r"\s+", " ", page.content.decode())
    assert "&lt;b&gt;Rojas" in text
    assert "<del>+51957094499</del> → <ins>+51912345678</ins>" in text


def test_formula_like_cells_are_text_in_the_page_and_the_download(client, address, facility):
    upload(client, address, person(names="=1+1"))
    response = client.get(step("rejected"))
    rows = list(openpyxl.load_workbook(io.BytesIO(response.content)).active.values)
    assert rows[1][4] == "'=1+1"


def test_confirming_while_the_columns_are_in_question_leads_back_to_the_question(
    client, address, facility
):
    upload(client, address, PERSON, header=("?",) * len(HEADER))
    response = client.post(step("confirm"), {"fingerprint": "-"})
    assert response.status_code == 302
    assert response.headers["Location"] == step("preview")
    assert Participant.objects.count() == 0
