"""PDFs: a template of templates/pdf and data in; the same of both and the same moment, same bytes.

What is written into a document reaches its template as JSON and is shown as text: a name that holds
a sign of the template's language is still a name. The fonts are those committed beside the
templates, whatever a machine has.
"""

import base64
import datetime as dt
import json
import struct
from functools import cache
from io import BytesIO
from typing import Any, Literal

import segno
import typst
from django.conf import settings

FOLDER = settings.BASE_DIR / "templates" / "pdf"


def typeset(
    template: str,
    data: dict[str, Any],
    *,
    at: dt.datetime,
    standard: Literal["a-3a"] | None = None,
) -> bytes:
    """`at` is the moment that the document says it is of; `standard` is PDF/A or none."""
    return typst.compile(
        FOLDER / template,
        root=FOLDER,
        font_paths=fonts(),
        sys_inputs={"data": json.dumps(data)},
        timestamp=at.astimezone(dt.UTC).replace(microsecond=0),
        pdf_standards=standard,
    )


@cache
def fonts() -> typst.Fonts:
    """Read once a process: it takes longer than a page does."""
    return typst.Fonts(include_system_fonts=False, font_paths=[FOLDER / "fonts"])


def qr_drawing(address: str) -> str:
    drawing = BytesIO()
    segno.make(address, error="m", micro=False).save(drawing, kind="svg", border=0, xmldecl=False)
    return drawing.getvalue().decode()


def drawn_image(content: bytes, image_format: str) -> str:
    """A PNG or SVG as the text of an SVG: data of a document are text, which no bytes are."""
    if image_format == "svg":
        return content.decode()
    width, height = struct.unpack(">II", content[16:24])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}"'
        f' href="data:image/png;base64,{base64.b64encode(content).decode()}"/></svg>'
    )
