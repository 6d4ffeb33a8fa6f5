"""The text of a PDF made by Typst, page by page: fonts with a ToUnicode table, streams deflated."""

import re
import zlib

OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.S)
# Parentheses that pair stand in a string as they are: here up to four deep.
LITERAL = rb"\((?:\\.|[^\\()])*\)"
for _depth in range(3):
    LITERAL = rb"\((?:\\.|[^\\()]|" + LITERAL + rb")*\)"
SHOWN = re.compile(rb"/(f\d+) [\d.]+ Tf|(<[0-9A-Fa-f]+>|" + LITERAL + rb")|(T\*|ET\b)", re.S)

# What a glyph shared by two letters stands for here: the text is that of the glyph.
INSTEAD = re.compile(rb"/ActualText ?(?:<[0-9A-Fa-f]+>|" + LITERAL + rb")", re.S)


def pages_of(pdf: bytes) -> list[str]:
    objects = {int(number): body for number, body in OBJECT.findall(pdf)}
    pages = [body for body in objects.values() if b"/Type/Page/" in body]
    order = re.search(rb"/Kids\[([^\]]*)\]", pdf)
    assert order
    kids = [int(number) for number in re.findall(rb"(\d+) 0 R", order[1])]
    assert len(kids) == len(pages)
    return [text_of(objects[kid], objects) for kid in kids]


def text_of(page: bytes, objects: dict[int, bytes]) -> str:
    resources = objects[number_after(b"/Resources", page)]
    fonts = {
        name.decode(): letters(stream(objects[number_after(b"/ToUnicode", objects[int(font)])]))
        for name, font in re.findall(rb"/(f\d+) (\d+) 0 R", resources)
    }
    text, font = "", ""
    drawn = INSTEAD.sub(b"", stream(objects[number_after(b"/Contents", page)]))
    for name, shown, end in SHOWN.findall(drawn):
        if name:
            font = name.decode()
        elif end:
            text += "\n"
        elif font:
            text += "".join(fonts[font].get(code, "?") for code in codes(shown))
    return text


def number_after(key: bytes, body: bytes) -> int:
    found = re.search(re.escape(key) + rb" (\d+) 0 R", body)
    assert found, (key, body[:200])
    return int(found[1])


def stream(body: bytes) -> bytes:
    head, _, rest = body.partition(b"stream\n")
    data = rest.rpartition(b"\nendstream")[0]
    return zlib.decompress(data) if b"/FlateDecode" in head else data


def letters(table: bytes) -> dict[int, str]:
    """Typst writes single letters only (bfchar)."""
    pairs = re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>", table)
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}


def codes(shown: bytes) -> list[int]:
    if shown.startswith(b"<"):
        raw = bytes.fromhex(shown[1:-1].decode())
    else:
        escapes = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
        raw = re.sub(
            rb"\\([0-7]{1,3}|.)",
            lambda found: (
                bytes([int(found[1], 8)])
                if found[1][:1].isdigit()
                else escapes.get(found[1], found[1])
            ),
            shown[1:-1],
            flags=re.S,
        )
    return [int.from_bytes(raw[place : place + 2]) for place in range(0, len(raw), 2)]
