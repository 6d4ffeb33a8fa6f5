import base64

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from participants.certificate_images import checked_image
from tests.participants.letters import jpeg, png

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SVG += ' viewBox="0 0 9 9">{}<rect width="9" height="9"/></svg>'


CLIPPED = SVG.replace(
    "<rect", '<clipPath id="c"><path d="M0 0h9v9H0z"/></clipPath>{}<rect'
).replace("</svg>", "{}</svg>")


def embedded(content: bytes, kind: str = "image/png;base64") -> str:
    return f'<image href="data:{kind},{base64.b64encode(content).decode()}"/>'


def checked(content) -> tuple[bytes, str]:
    content = content.encode() if isinstance(content, str) else content
    return checked_image(SimpleUploadedFile("logo.jpg", content))


def test_image_is_known_by_its_content():
    assert checked(png())[1] == "png"
    plain = SVG.format('<defs><g id="a"/></defs><use href="#a" fill="url(#b)"/>')
    assert checked(plain) == (plain.encode(), "svg")
    assert checked(SVG.format(embedded(png())))[1] == "svg"


def test_image_that_only_a_certificate_cannot_hold_is_refused():
    """PDF/A does not go as deep as other PDFs."""
    for depth, is_held in ((3, True), (30, False)):
        deep = CLIPPED.format("", '<g clip-path="url(#c)">' * depth, "</g>" * depth)
        if is_held:
            assert checked(deep)[1] == "svg"
            continue
        with pytest.raises(ValidationError) as refused:
            checked(deep)
        assert refused.value.code == "drawing"


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("<script>alert(1)</script>", "kind"),
        ("<foreignObject/>", "kind"),
        ('<image href="https://a.example/x.png"/>', "kind"),
        ('<image xlink:href="file:///etc/passwd"/>', "kind"),
        ('<rect fill="url(https://a.example)"/>', "kind"),
        ("<style>@import 'x.css';</style>", "kind"),
        ("<text>ENSAP</text>", "text"),
        (embedded(png(3001, 1)), "size"),
        (embedded(png(3000, 2000)) * 2, "size"),
        (embedded(png(1000, 1000)) + '<use href="#a"/>' * 4, "size"),
        (embedded(jpeg(), "image/jpeg;base64"), "kind"),
        (embedded(b"<svg/>", "image/svg+xml;base64"), "kind"),
        (embedded(b"<svg/>"), "kind"),
        ('<image href="data:image/png;base64,%69VBORw0KGgo="/>', "kind"),
        ('<image href="data:image/svg+xml,&lt;svg/&gt;"/>', "kind"),
        ("<rect>", "kind"),
    ],
)
def test_svg_that_does_more_than_draw_is_refused(inside, code):
    with pytest.raises(ValidationError) as refused:
        checked(SVG.format(inside))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "kind"),
        (b"%PDF-1.7", "kind"),
        (b"\xff\xfe", "kind"),
        ("<html/>", "kind"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("&a;"), "kind"),
        (b" " * (300 * 1024 + 1), "size"),
        (png(3001, 1), "size"),
    ],
)
def test_anything_else_is_refused(content, code):
    with pytest.raises(ValidationError) as refused:
        checked(content)
    assert refused.value.code == code
