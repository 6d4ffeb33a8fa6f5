import logging
import logging.config

from django.conf import settings


def test_link_of_a_survey_is_in_no_line(capsys):
    logging.config.dictConfig(settings.LOGGING)
    told = logging.getLogger("django.request")
    told.warning("%s: %s", "Not Found", "/encuesta/12.abcDEF-_/")
    told.warning("%s: %s", "Not Found", "/tutor/grupo/3/")
    said = capsys.readouterr().err
    assert "12.abc" not in said
    assert "/encuesta/…/" in said
    assert "/tutor/grupo/3/" in said


def test_link_of_a_survey_is_in_no_line_of_the_development_server(capsys):
    logging.config.dictConfig(settings.LOGGING)
    logging.getLogger("django.server").info('"%s" %s', "GET /encuesta/12.abcDEF-_/", 200)
    said = capsys.readouterr().err
    assert "12.abc" not in said
    assert '"GET /encuesta/…/" 200' in said
