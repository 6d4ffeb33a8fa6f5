"""The letter of a facility's head: told by its content, kept apart under a name of its own.

Nothing serves its folder: the file goes out through a coordinator's page alone, as a download.
"""

import secrets
import struct
import zlib
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage
from django.core.files.uploadedfile import UploadedFile
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext as _

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 20_000
CONTENT_TYPES = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg"}
_PNG = b"\x89PNG\r\n\x1a\n"
# Markers of a JPEG that have no length after them, and those of a frame's size.
_BARE = {0x01, *range(0xD0, 0xD8)}
_FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}


@deconstructible
class PrivateStorage(FileSystemStorage):
    """Files without an address, in PRIVATE_MEDIA_ROOT."""

    def __init__(self) -> None:
        super().__init__(file_permissions_mode=0o600, directory_permissions_mode=0o700)

    @property
    def base_location(self) -> Any:
        return settings.PRIVATE_MEDIA_ROOT

    @property
    def location(self) -> str:
        return str(settings.PRIVATE_MEDIA_ROOT)

    def url(self, name: str | None) -> str:
        raise ValueError("A private file has no address.")


def letter_storage() -> Storage:
    return PrivateStorage()


def letter_name(_application: Any, filename: str) -> str:
    """Random: nothing of what the person called the file is kept."""
    return f"letters/{secrets.token_hex(16)}.{filename.rpartition('.')[2]}"


def checked_letter(upload: UploadedFile) -> ContentFile[bytes]:
    """The file under a name that says what it is; ValidationError where it is none of the kinds."""
    if (upload.size or 0) > MOST_BYTES:
        raise ValidationError(
            _("The file has %(size)s MB and may have 5. Send a photo or a lighter PDF.")
            % {"size": f"{(upload.size or 0) / 1024 / 1024:.1f}"},
            code="size",
        )
    content = upload.read()
    kind = kind_of(content)
    if kind is None:
        raise ValidationError(
            _("This is neither a PDF nor a PNG or JPEG image, whatever its name says."),
            code="kind",
        )
    return ContentFile(content, name=f"letter.{kind}")


def kind_of(content: bytes) -> str | None:
    """ "pdf", "png" or "jpg" where the content is whole, whatever the file's name says."""
    for kind, is_whole in (("pdf", _is_pdf), ("png", _is_png), ("jpg", _is_jpeg)):
        if is_whole(content):
            return kind
    return None


def _is_pdf(content: bytes) -> bool:
    tail = content[-2048:].rstrip()
    has_trailer = b"startxref" in tail and tail.rpartition(b"%%EOF")[1] != b""
    return content.startswith((b"%PDF-1.", b"%PDF-2.")) and b" obj" in content and has_trailer


def _is_png(content: bytes) -> bool:
    """Every chunk with its checksum, from the header to the end, and nothing after it."""
    if not content.startswith(_PNG):
        return False
    place, first, has_pixels = len(_PNG), True, False
    while place + 12 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, place)
        end = place + 12 + length
        if end > len(content):
            return False
        body = content[place + 8 : end - 4]
        if zlib.crc32(kind + body) != struct.unpack_from(">I", content, end - 4)[0]:
            return False
        if first and (
            kind != b"IHDR" or length != 13 or not _fits(*struct.unpack(">II", body[:8]))
        ):
            return False
        first, has_pixels, place = False, has_pixels or kind == b"IDAT", end
        if kind == b"IEND":
            return has_pixels and place == len(content)
    return False


def _is_jpeg(content: bytes) -> bool:
    """Segments by their lengths up to the picture, a frame with a size, and its end after it.

    Phones write data of their own after the end: that is let be.
    """
    if not content.startswith(b"\xff\xd8\xff"):
        return False
    place, has_frame = 2, False
    while place + 4 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xFF or marker in _BARE:
            place += 1 if marker == 0xFF else 2
            continue
        length = struct.unpack_from(">H", content, place + 2)[0]
        if length < 2 or place + 2 + length > len(content):
            return False
        if marker in _FRAMES:
            if length < 8:
                return False
            height, width = struct.unpack_from(">HH", content, place + 5)
            has_frame = _fits(width, height)
        place += 2 + length
        if marker == 0xDA:
            return has_frame and content.find(b"\xff\xd9", place) != -1
    return False


def _fits(width: int, height: int) -> bool:
    return 0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS
