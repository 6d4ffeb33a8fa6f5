import pytest
from django.core.exceptions import ValidationError
from factory import LazyFunction

from participants.certificate_designs import new_version
from participants.models import CertificateDesign
from participants.models.certificate_designs import unknown_placeholders
from tests.breaking import Broken, assert_database_refuses, assert_form_refuses
from tests.factories import (
    MONDAY,
    CertificateDesignFactory,
    CertificateFactory,
    CertificateLookupFactory,
    DesignLogoFactory,
    EnrollmentFactory,
    IssueRunFactory,
    NameConfirmationFactory,
    SignatoryFactory,
    UserFactory,
    at,
)

pytestmark = pytest.mark.django_db

NOON = at(MONDAY, 12)
IN_FORCE = {"revoked_at": None, "revocation": ""}


def revoked(**fields):
    return CertificateFactory(**{"revoked_at": NOON, "revocation": "data"} | fields)


BROKEN = {
    "certificatedesign_version_unique": Broken(
        CertificateDesignFactory,
        {"name": "El mismo"},
        beside=lambda row: CertificateDesignFactory(name="El mismo"),
    ),
    "certificatedesign_version_from_1": Broken(CertificateDesignFactory, {"version": 0}),
    "certificatedesign_kind_known": Broken(CertificateDesignFactory, {"kind": "diploma"}),
    "certificatedesign_recipient_known": Broken(CertificateDesignFactory, {"recipient": "all"}),
    "certificatedesign_language_known": Broken(CertificateDesignFactory, {"language": "qu"}),
    "certificatedesign_hours_from_known": Broken(
        CertificateDesignFactory, {"hours_from": "days", "fixed_hours": None}
    ),
    "certificatedesign_fixed_hours_where_fixed": Broken(
        CertificateDesignFactory, {"fixed_hours": None}
    ),
    "certificatedesign_least_attendance_of_a_constancia": Broken(
        CertificateDesignFactory, {"least_attendance_percent": 30}
    ),
    "certificatedesign_tutors_complete_no_module": Broken(
        CertificateDesignFactory,
        {"hours_from": "completed", "fixed_hours": None},
        {"recipient": "tutors"},
    ),
    "certificatedesign_participants_guide_no_session": Broken(
        CertificateDesignFactory, {"hours_from": "sessions", "fixed_hours": None}
    ),
    "designlogo_position_unique": Broken(
        DesignLogoFactory, {}, beside=lambda row: DesignLogoFactory(design=row.design)
    ),
    "designlogo_position_1_to_4": Broken(DesignLogoFactory, {"position": 5}),
    "designlogo_image_format_known": Broken(DesignLogoFactory, {"image_format": "gif"}),
    "signatory_position_unique": Broken(
        SignatoryFactory, {}, beside=lambda row: SignatoryFactory(design=row.design)
    ),
    "signatory_position_1_to_4": Broken(SignatoryFactory, {"position": 0}),
    "signatory_image_format_known": Broken(SignatoryFactory, {"image_format": "gif"}),
    "certificate_number_unique": Broken(
        CertificateFactory, {"number": 7}, beside=lambda row: CertificateFactory(number=7)
    ),
    "certificate_one_in_force": Broken(
        CertificateFactory,
        {},
        beside=lambda row: CertificateFactory(enrollment=row.enrollment, kind="constancia"),
    ),
    "certificatelookup_counted_once": Broken(
        CertificateLookupFactory, {}, beside=lambda row: CertificateLookupFactory()
    ),
    "certificate_number_from_1": Broken(CertificateFactory, {"number": 0}),
    "certificate_revocation_has_time_and_reason": Broken(
        CertificateFactory, {"revocation": "data"}
    ),
    "certificate_revoked_by_of_a_revoked_one": Broken(
        revoked, IN_FORCE, {"revoked_by": LazyFunction(UserFactory)}
    ),
    "certificate_replaced_by_of_a_revoked_one": Broken(
        revoked, IN_FORCE, {"replaced_by": LazyFunction(CertificateFactory)}
    ),
    "certificate_kind_known": Broken(CertificateFactory, {"kind": "diploma"}),
    "certificate_revocation_known": Broken(revoked, {"revocation": "spite"}),
    "nameconfirmation_has_a_name": Broken(NameConfirmationFactory, {"name": ""}),
    "nameconfirmation_wished_where_asked": Broken(NameConfirmationFactory, {"state": "asked"}),
    "nameconfirmation_answer_has_its_time": Broken(
        NameConfirmationFactory, {"state": "corrected", "wished": "Ana"}
    ),
    "nameconfirmation_was_settled_where_another_is_asked": Broken(
        NameConfirmationFactory, {"was_settled": True}
    ),
    "nameconfirmation_state_known": Broken(
        NameConfirmationFactory, {"state": "seen", "wished": "Ana"}
    ),
    "issuerun_one_at_a_time": Broken(
        IssueRunFactory,
        {},
        beside=lambda row: IssueRunFactory(cohort=row.cohort, design=row.design),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_database_refuses_what_breaks(name):
    assert_database_refuses(BROKEN[name], name)


@pytest.mark.parametrize("name", BROKEN)
def test_form_says_at_the_field_what_breaks(name):
    assert_form_refuses(BROKEN[name], name)


def test_certificate_of_another_edition_than_the_person_is_refused():
    row = CertificateFactory()
    row.enrollment = EnrollmentFactory()
    with pytest.raises(ValidationError) as refused:
        row.clean()
    assert "enrollment" in refused.value.message_dict


@pytest.mark.parametrize(
    ("body", "unknown"),
    [
        ("por {program}, {hours} horas", []),
        ("por {programa}", ["{programa}"]),
        ("por {program.pk}", ["{program.pk}"]),
        ("por {hours:>9}", ["{hours:>9}"]),
        ("por {0} y {}", ["{0}", "{}"]),
        ("por {", ["{}"]),
    ],
)
def test_body_may_hold_only_what_is_known(body, unknown):
    assert unknown_placeholders(body) == unknown
    design = CertificateDesignFactory.build(body=body)
    if unknown:
        with pytest.raises(ValidationError) as refused:
            design.clean()
        assert "body" in refused.value.message_dict
    else:
        design.clean()


def test_used_design_is_not_edited_but_made_anew():
    design = SignatoryFactory(image=b"x").design
    CertificateFactory(design=design)
    for row in (design, design.signatories.get()):
        with pytest.raises(ValidationError):
            row.clean()
    newer = new_version(design, at=NOON)
    newer.clean()
    assert (newer.version, bytes(newer.signatories.get().image)) == (2, b"x")
    design.refresh_from_db()
    assert design.retired_at == NOON
    assert design.signatories.count() == 1
    assert list(CertificateDesign.objects.usable()) == [newer]
    assert new_version(design, at=NOON) == newer


def test_later_version_keeps_the_name_by_which_it_is_found():
    design = CertificateDesignFactory()
    design.name = "Otro"
    design.full_clean()
    design.save()
    newer = new_version(design, at=NOON)
    newer.title = "Diploma"
    newer.full_clean()
    newer.name, newer.kind, newer.recipient = "Nuevo", "constancia", "tutors"
    with pytest.raises(ValidationError) as refused:
        newer.full_clean()
    assert set(refused.value.message_dict) == {"name", "kind", "recipient"}
