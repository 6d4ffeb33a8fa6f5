from participants.facility_import import FacilityImport
from participants.import_plan import State
from participants.models import Facility
from tests.sheets import TODAY, sheet_of

HEADER = ("Código Renipress", "Nombre del establecimiento", "Departamento", "Distrito")
ROW = (22591, "CSMC Loreto 2", "LORETO", "Iquitos")


def facilities(*rows, header=HEADER):
    sheet = sheet_of(*rows, header=header)
    return FacilityImport(sheet, FacilityImport.find_columns(sheet), today=TODAY)


def test_apply_creates_then_changes_then_leaves_alone(db, coordinator):
    assert facilities(ROW).apply(by=coordinator).count(State.NEW) == 1
    facility = Facility.objects.get()
    assert (facility.renipress, facility.region, facility.district) == ("00022591", "16", "Iquitos")
    plan = facilities((22591, "CSMC Iquitos", "Loreto", None)).apply(by=coordinator)
    assert [(c.old, c.new) for c in plan.rows[0].changes] == [("CSMC Loreto 2", "CSMC Iquitos")]
    plan = facilities((22591, "CSMC Iquitos", "Loreto", None)).apply(by=coordinator)
    assert plan.count(State.UNCHANGED) == 1
    assert [entry.history_type for entry in Facility.history.all()] == ["~", "+"]
    assert Facility.objects.get().district == "Iquitos"


def test_sample_file(data, db):
    sheet = FacilityImport.open((data / "facilities.csv").read_bytes())
    importing = FacilityImport(sheet, FacilityImport.find_columns(sheet), today=TODAY)
    assert importing.apply(by=None).as_json()["created"] == 79
    assert Facility.objects.filter(region="15").count() == 7


def test_wrong_values_are_errors_at_their_column(db):
    plan = facilities(
        ("X", "Uno", "Lima", None),
        (1, None, "Lima", None),
        (2, "Dos", "Norte", None),
        (3, "T" * 256, "Lima", None),
        (4, "Cuatro", None, None),
    ).preview()
    assert [row.errors[0].column for row in plan.rows] == [
        HEADER[0], HEADER[1], HEADER[2], HEADER[1], HEADER[2],
    ]  # fmt: skip


def test_region_by_name_and_code_must_agree(db):
    header = (*HEADER[:3], "Código de región")
    plan = facilities(
        (1, "Uno", "Lima", 15),
        (2, "Dos", None, "07"),
        (3, "Tres", "Lima", 16),
        (4, "Cuatro", None, None),
        header=header,
    ).preview()
    assert [row.state for row in plan.rows] == [State.NEW, State.NEW, State.ERROR, State.ERROR]
    assert plan.rows[1].values["region"] == "07"


def test_query_count_is_the_same_for_1_and_3_rows(db, django_assert_num_queries):
    with django_assert_num_queries(5):
        facilities(ROW).apply(by=None)
    with django_assert_num_queries(5):
        facilities(*[(n, "Nombre", "Lima", None) for n in range(1, 4)]).apply(by=None)
