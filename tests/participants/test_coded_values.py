import pytest
from hypothesis import given
from hypothesis import strategies as st

from participants import coded_values
from participants.models import EmploymentRegime, Profession, Region, Service, Sex


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("F", "F"), ("FEMENINO", "F"), ("Mujer", "F"), ("fem.", "F"), ("M", "M"),
        ("masculino", "M"), ("Hombre", "M"), ("Varón", "M"), ("Prefiero no decir", "X"), (None, ""),
    ],
)  # fmt: skip
def test_normal_sex(written, code):
    assert coded_values.normal_sex(written) == code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("PSICOLOGIA", "psychology"), ("Lic. en Psicología", "psychology"),
        ("psicóloga", "psychology"), ("Enfermería", "nursing"), ("Lic. Enfermería", "nursing"),
        ("Médico cirujano", "medicine"), ("MEDICINA", "medicine"), ("Psiquiatría", "psychiatry"),
        ("Médico psiquiatra", "psychiatry"), ("TRABAJO SOCIAL", "social_work"),
        ("Terapia ocupacional", "occupational_therapy"),
        ("Técnico(a) de enfermería", "nursing_technician"),
        ("Técnica en enfermería", "nursing_technician"), ("Otra", "other"), ("", ""),
    ],
)  # fmt: skip
def test_normal_profession(written, code):
    assert coded_values.normal_profession(written) == code


def test_normal_profession_unknown_suggests_the_nearest():
    with pytest.raises(ValueError, match=str(Profession.PSYCHOLOGY.label)):
        coded_values.normal_profession("Psicolojía")
    with pytest.raises(ValueError, match="otra"):
        coded_values.normal_profession("Derecho")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("CAS", "cas"), ("CAS 1057", "cas"), ("D.L. 1057", "cas"), ("D.L. 276", "dl276"),
        (276, "dl276"), ("276", "dl276"), ("Nombrado 276", "dl276"), ("DL 728", "dl728"),
        (728.0, "dl728"), ("DL728", "dl728"), ("Locación de servicios", "services"),
        ("Terceros", "services"), ("SERUMS", "serums"), ("Otro", "other"), (None, ""),
        ("Contratación administrativa de servicios", "cas"),
    ],
)  # fmt: skip
def test_normal_employment_regime(written, code):
    assert coded_values.normal_employment_regime(written) == code


@pytest.mark.parametrize("written", ["CAS o 276", "nombrado", "1276"])
def test_normal_employment_regime_unknown(written):
    with pytest.raises(ValueError, match="CAS"):
        coded_values.normal_employment_regime(written)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("APURIMAC", "03"), ("Lima ", "15"),
        ("LIMA METROPOLITANA", "15"), ("Lima Provincias", "15"),
        ("Prov. Const. del Callao", "07"), ("Provincia Constitucional del Callao", "07"),
        ("Región San Martín", "22"), ("DIRESA Piura", "20"), ("Gobierno Regional de Ica", "11"),
        ("Cuzco", "08"), (1, "01"), ("01", "01"), (25.0, "25"), (None, ""),
    ],
)  # fmt: skip
def test_normal_region(written, code):
    assert coded_values.normal_region(written) == code


def test_normal_region_of_every_label_and_code():
    for region in Region:
        assert coded_values.normal_region(str(region.label).upper()) == region.value
        assert coded_values.normal_region(int(region.value)) == region.value


@pytest.mark.parametrize("written", ["Lima Norte Sur", "Norte", 0, 26, "Lima, Ica", "Bogotá"])
def test_normal_region_unknown(written):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        coded_values.normal_region(written)


def test_normal_region_unknown_suggests_the_nearest():
    with pytest.raises(ValueError, match="Lambayeque"):
        coded_values.normal_region("Lambayaque")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("CSMC", "csmc"), ("C.S.M.C.", "csmc"), ("mamis", "mamis"), ("MAMIS Hospital", "mamis"),
        ("Centro de Salud Mental Comunitario Ate", "csmc"), ("otro", "other"), ("", ""),
    ],
)  # fmt: skip
def test_normal_service(written, code):
    assert coded_values.normal_service(written) == code


@pytest.mark.parametrize(
    ("written", "profession", "licence"),
    [
        ("CMP 46436", "", ("CMP", "46436")), ("C.E.P. N° 28805", "", ("CEP", "28805")),
        ("CPsP: 77249", "", ("CPsP", "77249")), ("ctsp-68706", "", ("CTSP", "68706")),
        ("COP 123", "", ("other", "123")), (46436, "medicine", ("CMP", "46436")),
        ("N° 046436", "psychology", ("CPsP", "46436")),
        ("CMP 37416 RNE 12345", "", ("CMP", "37416")),
        (None, "medicine", ("", "")), ("-", "", ("", "")),
    ],
)  # fmt: skip
def test_normal_licence(written, profession, licence):
    assert coded_values.normal_licence(written, profession) == licence


@pytest.mark.parametrize(("written", "profession"), [("en trámite", ""), (46436, "other"), (5, "")])
def test_normal_licence_wrong(written, profession):
    with pytest.raises(ValueError, match="CMP 46436"):
        coded_values.normal_licence(written, profession)


@given(st.one_of(st.text(max_size=20), st.integers(), st.floats(), st.none()))
def test_any_cell_gives_a_code_or_a_reason(value):
    for normal, codes in (
        (coded_values.normal_sex, Sex),
        (coded_values.normal_profession, Profession),
        (coded_values.normal_employment_regime, EmploymentRegime),
        (coded_values.normal_region, Region),
        (coded_values.normal_service, Service),
    ):
        try:
            code = normal(value)
        except ValueError as reason:
            assert str(reason)  # noqa: PT017 - either outcome is right
        else:
            assert code in {"", *codes.values}
