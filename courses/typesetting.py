"""PDFs: a template of templates/pdf and data in; the same of both and the same moment, same bytes.

What is written into a document reaches its template as JSON and is shown as text: a name that holds
a sign of the template's language is still a name. The fonts are those committed beside the
templates, whatever a machine has.
"""

import datetime as dt
import json
from functools import cache
from io import BytesIO
from typing import Any

import segno
import typst
from django.conf import settings

FOLDER = settings.BASE_DIR / "templates" / "pdf"


def typeset(template: str, data: dict[str, Any], *, at: dt.datetime) -> bytes:
    """`at` is the moment that the document says it is of."""
    return typst.compile(
        FOLDER / template,
        root=FOLDER,
        font_paths=fonts(),
        sys_inputs={"data": json.dumps(data)},
        timestamp=at.astimezone(dt.UTC).replace(microsecond=0),
    )


@cache
def fonts() -> typst.Fonts:
    """Read once a process: it takes longer than a page does."""
    return typst.Fonts(include_system_fonts=False, font_paths=[FOLDER / "fonts"])


def qr_drawing(address: str) -> str:
    drawing = BytesIO()
    segno.make(address, error="m", micro=False).save(drawing, kind="svg", border=0, xmldecl=False)
    return drawing.getvalue().decode()
