"""Mails printed where no mail server is set, as in the demo."""

from typing import Any

from django.core.mail.backends.console import EmailBackend


class PrintedMail(EmailBackend):
    """Prints a mail as it is read: encoded, its links break over lines and cannot be followed."""

    def write_message(self, message: Any) -> None:
        self.stream.write(
            f"To: {', '.join(message.recipients())}\n"
            f"Subject: {message.subject}\n\n{message.body}\n{'-' * 79}\n"
        )
