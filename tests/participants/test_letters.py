import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st

from participants.letters import MOST_BYTES, PrivateStorage, checked_letter, kind_of
from tests.participants.letters import PDF, jpeg, png

HTML = b"<html><script>alert(1)</script></html>"


@pytest.mark.parametrize(("content", "kind"), [(PDF, "pdf"), (png(), "png"), (jpeg(), "jpg")])
def test_letter_is_told_by_its_content(content, kind):
    upload = SimpleUploadedFile("carta.exe", content, "application/x-msdownload")

    assert checked_letter(upload).name == f"letter.{kind}"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        HTML,
        b"%PDF-1.4\n" + HTML,
        PDF.replace(b"%%EOF", b""),
        PDF.replace(b"startxref", b""),
        b" " + PDF,
        png()[:-4],
        png() + HTML,
        png().replace(b"IDAT", b"IDAX"),
        png(width=0),
        png(width=60_000, height=60_000),
        jpeg()[:-2],
        jpeg(width=0),
        b"\xff\xd8\xff" + HTML,
        b"\xff\xd8\xff\xd9",
        b"GIF89a" + HTML,
    ],
)
def test_upload_that_lies_about_its_type_is_refused(content):
    with pytest.raises(ValidationError) as refused:
        checked_letter(SimpleUploadedFile("carta.pdf", content, "application/pdf"))

    assert refused.value.code == "kind"


def test_photo_of_a_phone_with_its_own_data_after_the_end():
    assert kind_of(jpeg() + b"SEFT\x00\x00") == "jpg"


@given(content=st.binary(max_size=300), head=st.sampled_from([b"", png()[:20], jpeg()[:20], PDF]))
def test_any_content_is_told_or_refused(content, head):
    assert kind_of(head + content) in {None, "pdf", "png", "jpg"}


def test_letter_over_five_megabytes_is_refused_unread():
    upload = SimpleUploadedFile("carta.pdf", PDF)
    upload.size = MOST_BYTES + 1

    with pytest.raises(ValidationError) as refused:
        checked_letter(upload)

    assert refused.value.code == "size"


def test_private_file_has_no_address(settings, tmp_path):
    settings.PRIVATE_MEDIA_ROOT = tmp_path
    storage = PrivateStorage()

    assert storage.location == str(tmp_path)
    with pytest.raises(ValueError, match="address"):
        storage.url("letters/x.pdf")
