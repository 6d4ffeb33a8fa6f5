import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/admin/", "/admin/edicion/1/grupos/", "/admin/no-hay/"])
def test_who_may_not_enter_the_admin_is_refused_and_not_sent_round(log_in, tutor, path):
    response = log_in(tutor).get(path, follow=True)
    assert (response.status_code, response.redirect_chain) == (403, [])


def test_who_is_not_logged_in_is_led_to_the_log_in(client):
    response = client.get("/admin/", follow=True)
    assert response.status_code == 200
    assert response.redirect_chain[-1] == ("/cuenta/ingresar/?next=%2Fadmin%2F", 302)


def test_coordinator_enters_under_the_admins_own_policy(log_in, coordinator):
    response = log_in(coordinator).get("/admin/")
    assert response.status_code == 200
    assert "script-src 'self' 'unsafe-eval'" in response.headers["Content-Security-Policy"]
