import pytest

from participants.certificate_union import unite_certificates
from participants.certifying import issue, reissue
from participants.models import Certificate, NameConfirmation
from tests.factories import CertificateDesignFactory, NameConfirmationFactory
from tests.participants.certified import AFTER, certified, closed_edition, person

pytestmark = pytest.mark.django_db


def test_of_two_in_force_that_of_who_stays_counts(coordinator):
    edition, design = closed_edition(), CertificateDesignFactory()
    stays, goes = person(edition), person(edition)
    counts, other = (issue(each, design, by=None, at=AFTER) for each in (stays, goes))
    for each in (stays, goes):
        NameConfirmationFactory(enrollment=each)
    unite_certificates(stays, goes, by=coordinator, at=AFTER)
    other.refresh_from_db()
    assert (other.revocation, other.replaced_by) == ("double", counts)
    assert Certificate.objects.live().get() == counts
    assert NameConfirmation.objects.get().enrollment == stays


def test_the_one_that_stays_may_have_been_issued_anew(coordinator):
    edition, design = closed_edition(), CertificateDesignFactory()
    stays, goes = person(edition), person(edition)
    first, other = (issue(each, design, by=None, at=AFTER) for each in (stays, goes))
    counts = reissue(first, reason="data", by=None, at=AFTER)
    unite_certificates(stays, goes, by=coordinator, at=AFTER)
    assert set(counts.replaces.all()) == {first, other}
    assert Certificate.objects.live().get() == counts


def test_the_only_one_stays_in_force(coordinator):
    edition, design = closed_edition(), CertificateDesignFactory()
    stays, goes = person(edition), person(edition)
    only = issue(goes, design, by=None, at=AFTER)
    name = NameConfirmationFactory(enrollment=goes)
    unite_certificates(stays, goes, by=coordinator, at=AFTER)
    assert Certificate.objects.live().get() == only
    assert NameConfirmation.objects.get() == name


def test_constancia_of_who_goes_ends_where_who_stays_has_the_certificate(coordinator):
    edition = closed_edition()
    stays, goes = person(edition), person(edition, "not_completed")
    counts = issue(stays, CertificateDesignFactory(), by=None, at=AFTER)
    other = certified(goes, design=CertificateDesignFactory(kind="constancia"))
    unite_certificates(stays, goes, by=coordinator, at=AFTER)
    other.refresh_from_db()
    assert (other.revocation, other.replaced_by) == ("double", counts)
    assert Certificate.objects.live().get() == counts
