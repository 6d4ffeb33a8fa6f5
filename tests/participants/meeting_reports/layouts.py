"""The layouts in which Zoom, Teams and Meet give one and the same meeting, in two languages."""

import csv
import datetime as dt
import io
from collections.abc import Callable
from dataclasses import dataclass

BLANK: list[str] = []


@dataclass(frozen=True)
class Stay:
    name: str
    email: str
    joined: dt.datetime
    left: dt.datetime

    @property
    def minutes(self) -> int:
        return int((self.left - self.joined).total_seconds() // 60)


def write(rows: list[list[str]], *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(encoding)


def us(moment: dt.datetime) -> str:
    return f"{moment:%m/%d/%Y %I:%M:%S %p}"


def us_comma(moment: dt.datetime) -> str:
    return f"{moment.month}/{moment.day}/{moment:%Y, %I:%M:%S %p}"


def day_first(moment: dt.datetime) -> str:
    return f"{moment:%d/%m/%Y %H:%M:%S}"


def day_first_half(moment: dt.datetime) -> str:
    """With no-break spaces, as Spanish systems write it."""
    half = "a.\xa0m." if moment.hour < 12 else "p.\xa0m."
    return f"{moment.day}/{moment.month}/{moment:%Y, %I:%M:%S}\u202f{half}"


def iso(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def duration(minutes: int) -> str:
    return f"{minutes // 60}h {minutes % 60}m 0s" if minutes >= 60 else f"{minutes}m 0s"


def zoom(stays: list[Stay]) -> bytes:
    head = ["Name (Original Name)", "User Email", "Join Time", "Leave Time", "Duration (Minutes)"]
    head += ["Guest", "Recording Consent", "In Waiting Room"]
    rows = [
        [each.name, each.email, us(each.joined), us(each.left), str(each.minutes), "Yes", "", "No"]
        for each in stays
    ]
    return write([head, *rows], encoding="utf-8-sig")


def zoom_with_its_block(stays: list[Stay]) -> bytes:
    block = ["Topic", "Meeting ID", "Host name", "Host email", "Duration (minutes)", "Start time"]
    block += ["End time", "Participants"]
    head = ["Name (original name)", "Email", "Join time", "Leave time", "Duration (minutes)"]
    rows = [
        [each.name, each.email, iso(each.joined), iso(each.left), str(each.minutes)]
        for each in stays
    ]
    first = ["Sesión", "812", "ENSAP", "soporte@ensap.example", "120", "", "", str(len(stays))]
    return write([block, first, BLANK, [*head, "Guest"], *rows])


def zoom_in_each_row(stays: list[Stay]) -> bytes:
    """The meeting's data before each participant's, in the same row."""
    head = ["Topic", "ID", "User Email", "Start Time", "Duration (Minutes)", "Participants"]
    head += ["Name (Original Name)", "User Email", "Join Time", "Leave Time", "Duration (Minutes)"]
    meeting = ["Sesión", "812", "soporte@ensap.example", us(stays[0].joined), "120", "9"]
    rows = [
        [*meeting, each.name, each.email, us(each.joined), us(each.left), str(each.minutes)]
        for each in stays
    ]
    return write([head, *rows])


def zoom_spanish(stays: list[Stay]) -> bytes:
    head = ["Nombre (nombre original)", "Correo electrónico del usuario", "Hora de ingreso"]
    head += ["Hora de salida", "Duración (minutos)", "Invitado", "En sala de espera"]
    rows = [
        [each.name, each.email, day_first(each.joined), day_first(each.left), str(each.minutes)]
        for each in stays
    ]
    return write([head, *rows], delimiter=";", encoding="mac_roman")


def zoom_spanish_older(stays: list[Stay]) -> bytes:
    head = ["Nombre (nombre original)", "E-mail del usuario", "Hora para unirse"]
    head += ["Hora para salir", "Duración (minutos)"]
    rows = [
        [
            each.name,
            each.email,
            day_first_half(each.joined),
            day_first_half(each.left),
            str(each.minutes),
        ]
        for each in stays
    ]
    return write([head, *rows])


def teams_sections(stays: list[Stay]) -> bytes:
    rows = [["1. Summary"], ["Meeting title", "Sesión"], ["Attended participants", "9"]]
    rows += [["Start time", us_comma(stays[0].joined)], ["Meeting duration", "2h 0m 0s"], BLANK]
    rows += [["2. Participants"], ["Name", "First Join", "Last Leave", "In-Meeting Duration"]]
    rows[-1] += ["Email", "Participant ID (UPN)", "Role"]
    for name, own in by_name(stays).items():
        first, last = min(s.joined for s in own), max(s.left for s in own)
        email = own[0].email
        rows.append([name, us_comma(first), us_comma(last), duration(sum(s.minutes for s in own))])
        rows[-1] += [email, email, "Presenter"]
    rows += [BLANK, ["3. In-Meeting Activities"]]
    rows += [["Name", "Join Time", "Leave Time", "Duration", "Email", "Role"]]
    rows += [
        [s.name, us_comma(s.joined), us_comma(s.left), duration(s.minutes), "", "Presenter"]
        for s in stays
    ]
    return write(rows, delimiter="\t", encoding="utf-16")


def teams_sections_spanish(stays: list[Stay]) -> bytes:
    rows = [["1. Resumen"], ["Título de la reunión", "Sesión"], BLANK, ["2. Participantes"]]
    rows += [["Nombre", "Primera entrada", "Última salida", "Duración de la reunión"]]
    rows[-1] += ["Correo electrónico", "Id. de participante (UPN)", "Rol"]
    for name, own in by_name(stays).items():
        first, last = min(s.joined for s in own), max(s.left for s in own)
        rows.append([name, day_first_half(first), day_first_half(last), "1 h 2 min"])
        rows[-1] += [own[0].email, own[0].email, "Moderador"]
    rows += [BLANK, ["3. Actividades en la reunión"]]
    rows += [["Nombre", "Hora de unión", "Hora de salida", "Duración", "Correo electrónico"]]
    rows += [
        [s.name, day_first_half(s.joined), day_first_half(s.left), f"{s.minutes} min", s.email]
        for s in stays
    ]
    return write(rows)


def teams_2021(stays: list[Stay]) -> bytes:
    rows = [["Meeting Summary"], ["Total Number of Participants", "9"], ["Meeting Title", "Sesión"]]
    rows += [["Meeting Start Time", us_comma(stays[0].joined)], BLANK]
    rows += [["Full Name", "Join Time", "Leave Time", "Duration", "Email", "Role"]]
    rows[-1] += ["Participant ID (UPN)"]
    rows += [
        [s.name, us_comma(s.joined), us_comma(s.left), duration(s.minutes), s.email, "Attendee", ""]
        for s in stays
    ]
    return write(rows, delimiter="\t", encoding="utf-16-le")


def teams_list(stays: list[Stay]) -> bytes:
    actions = [(s.joined, s.name, "Joined") for s in stays]
    actions += [(s.left, s.name, "Left") for s in stays]
    rows = [[name, action, us_comma(moment)] for moment, name, action in sorted(actions)]
    head = ["Full Name", "User Action", "Timestamp"]
    return write([head, *rows], delimiter="\t", encoding="utf-16")


def teams_list_spanish(stays: list[Stay]) -> bytes:
    rows = [["Nombre completo", "Acción del usuario", "Marca de tiempo"]]
    for stay in stays:
        rows.append([stay.name, "Se unió", day_first(stay.joined)])
        rows.append([stay.name, "Ha abandonado", day_first(stay.left)])
    return write(rows)


def by_name(stays: list[Stay]) -> dict[str, list[Stay]]:
    found: dict[str, list[Stay]] = {}
    for stay in stays:
        found.setdefault(stay.name, []).append(stay)
    return found


DETAILED: dict[str, tuple[str, Callable[[list[Stay]], bytes]]] = {
    "zoom": ("zoom", zoom),
    "zoom with its block": ("zoom", zoom_with_its_block),
    "zoom in each row": ("zoom", zoom_in_each_row),
    "zoom in Spanish": ("zoom", zoom_spanish),
    "zoom in older Spanish": ("zoom", zoom_spanish_older),
    "teams in three sections": ("teams", teams_sections),
    "teams in three Spanish sections": ("teams", teams_sections_spanish),
    "teams of 2021": ("teams", teams_2021),
    "teams, joined and left": ("teams", teams_list),
    "teams, joined and left in Spanish": ("teams", teams_list_spanish),
}
