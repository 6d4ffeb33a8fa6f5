"""The images of a design: PNG or SVG by their content, small, and such that they can be printed.

An SVG is drawn and does nothing else: no script, nothing from elsewhere but PNGs that it holds, no
text, which would need typefaces that it does not bring.
"""

import base64
import re
import struct
from xml.etree import ElementTree

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from participants.certificate_pdf import can_be_printed
from participants.letters import kind_of
from participants.models.certificate_designs import MOST_IMAGE_BYTES

# A small file may be a huge picture, all of which is unpacked to print it.
MOST_PIXELS = 3000
SVG = "{http://www.w3.org/2000/svg}"
ACTIVE = {f"{SVG}script", f"{SVG}foreignObject"}
TEXT = f"{SVG}text"
USE = f"{SVG}use"
ELSEWHERE = re.compile(r"@import|url\(\s*['\"]?(?!['\"]?#)", re.I)


def checked_image(upload: UploadedFile) -> tuple[bytes, str]:
    """The content and its format, "png" or "svg". Refused: "size", "kind", "text", "drawing"."""
    if (upload.size or 0) > MOST_IMAGE_BYTES:
        raise ValidationError(
            _("The image has %(size)d KB and may have %(most)d.")
            % {"size": (upload.size or 0) // 1024, "most": MOST_IMAGE_BYTES // 1024},
            code="size",
        )
    content = upload.read()
    image_format = "png" if kind_of(content) == "png" else "svg"
    if image_format == "svg":
        _check_svg(content)
    else:
        _check_pixels([content])
    if not can_be_printed(content, image_format):
        raise ValidationError(_("This image cannot be printed."), code="drawing")
    return content, image_format


def _check_svg(content: bytes) -> None:
    try:
        text = content.decode()
        if "<!ENTITY" in text:
            raise _neither()
        root = ElementTree.fromstring(text)  # noqa: S314 - it is small and has no entities
    except (UnicodeDecodeError, ElementTree.ParseError) as error:
        raise _neither() from error
    if root.tag != f"{SVG}svg":
        raise _neither()
    pictures = []
    for each in root.iter():
        if each.tag == TEXT:
            raise ValidationError(
                _("The SVG has text: convert it to paths first, or send a PNG."), code="text"
            )
        values = [*each.attrib.values(), each.text or ""]
        if each.tag in ACTIVE or any(ELSEWHERE.search(value) for value in values):
            raise _neither()
        for name, value in each.attrib.items():
            if name.rpartition("}")[2] == "href" and not value.startswith("#"):
                pictures.append(_embedded_png(value))
    # Each use may repeat all before it, and every repetition is unpacked anew.
    _check_pixels(pictures, repeated=2 ** sum(each.tag == USE for each in root.iter()))


def _embedded_png(address: str) -> bytes:
    """Nothing else: another kind would be unpacked, or drawn, without its size being known here."""
    head, _comma, body = address.partition(",")
    try:
        content = base64.b64decode("".join(body.split()), validate=True)
    except ValueError as error:
        raise _neither() from error
    if head != "data:image/png;base64" or kind_of(content) != "png":
        raise _neither()
    return content


def _check_pixels(pictures: list[bytes], repeated: int = 1) -> None:
    """Of PNGs, all together as often as they may be drawn: no more than the largest may have."""
    sizes = [struct.unpack(">II", content[16:24]) for content in pictures]
    most, drawn = MOST_PIXELS, repeated * sum(width * height for width, height in sizes)
    if max(map(max, sizes), default=0) > most or drawn > most * most:
        raise ValidationError(
            _("The image may have %(most)d pixels each way.") % {"most": most}, code="size"
        )


def _neither() -> ValidationError:
    return ValidationError(
        _("This is neither a PNG nor an SVG image that only draws."), code="kind"
    )
