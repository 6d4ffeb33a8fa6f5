from io import StringIO

from django.core.mail import EmailMessage

from trainingprog.printed_mail import PrintedMail


def test_mail_is_printed_as_it_is_read():
    printed = StringIO()
    link = f"https://formacion.example/{'x' * 200}/?a=1"
    mail = EmailMessage("Su postulación", f"Buen día:\n{link}\n", to=["a@b.example", "c@b.example"])

    PrintedMail(stream=printed).send_messages([mail])

    assert (
        "To: a@b.example, c@b.example\nSubject: Su postulación\n\nBuen día:\n" in printed.getvalue()
    )
    assert link in printed.getvalue().splitlines()
