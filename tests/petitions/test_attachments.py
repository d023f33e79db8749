"""Files: what is taken, what is not, and how it is handed out."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from petitions.models import Attachment
from tests.factories.accounts import make_user

pytestmark = pytest.mark.django_db
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(200) + b"\xff\xd9"
PDF = b"%PDF-1.7\n" + bytes(100) + b"%%EOF"
HTML = b"<html><script>alert(1)</script></html>"


def docx(inside: str = "word/document.xml") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("_rels/.rels", "<Relationships/>")
        archive.writestr(inside, "<w:document/>")
    return buffer.getvalue()


@pytest.fixture
def upload(desk, client_for):
    petition = desk.register()
    browser = client_for(desk.user("community_worker"))

    def send(*files: SimpleUploadedFile):
        page = browser.post(f"/petitions/{petition.pk}/attachments/", {"files": list(files)}, follow=True)
        return [str(message) for message in page.context["messages"]]

    send.petition = petition
    send.browser = browser
    return send


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("病毒.jpg", b"MZ\x90\x00" + bytes(500), "可能被改过扩展名"),
        ("程序.exe", b"MZ\x90\x00" + bytes(500), "类型不能上传"),
        ("网页.png", HTML, "可能被改过扩展名"),
        ("网页.html", HTML, "类型不能上传"),
        ("图.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "类型不能上传"),
        ("空.jpg", b"", "空文件"),
        ("大.jpg", JPEG + bytes(11 * 1024 * 1024), "不超过 10 MB"),
        ("压缩.docx", b"PK\x03\x04" + bytes(100), "可能被改过扩展名"),
        ("别的.docx", docx("xl/workbook.xml"), "可能被改过扩展名"),
        ("程序.xlsx", docx("setup.exe"), "可能被改过扩展名"),
        ("双.jpg.exe", JPEG, "类型不能上传"),
        ("无扩展名", JPEG, "类型不能上传"),
        ("照片.pdf", JPEG, "可能被改过扩展名"),
    ],
)  # fmt: skip
def test_what_is_not_taken(upload, name, content, words):
    (message,) = upload(SimpleUploadedFile(name, content, "image/jpeg"))
    assert words in message
    assert not Attachment.objects.exists()


def test_one_bad_file_among_good_ones_stores_none(upload):
    upload(SimpleUploadedFile("好.jpg", JPEG), SimpleUploadedFile("坏.jpg", b"MZ" + bytes(50)))
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "stored"),
    [
        ("../../../etc/照片.JPG", JPEG, "照片.JPG"),
        ("..\\..\\windows\\照片.jpg", JPEG, "照片.jpg"),
        ("照\u202e片\x07\u200b.jpg", JPEG, "照片.jpg"),
        ("㐱𠮷😀.pdf", PDF, "㐱𠮷😀.pdf"),
        ("长" * 300 + ".jpg", JPEG, "长" * 116 + ".jpg"),
        ("说明.docx", docx(), "说明.docx"),
    ],
)  # fmt: skip
def test_names_are_made_harmless(upload, name, content, stored):
    upload(SimpleUploadedFile(name, content))
    file = Attachment.objects.get()
    # Django itself cuts very long names before we see them.
    assert file.name == stored or (len(name) > 200 and file.name.endswith(".jpg") and len(file.name) <= 120)
    assert not any(char in file.name for char in "\x00\r\n/\\")
    assert file.file.startswith("petitions/")
    assert ".." not in file.file


def test_at_most_nine(upload):
    upload(*(SimpleUploadedFile(f"{number}.jpg", JPEG) for number in range(9)))
    assert Attachment.objects.count() == 9
    (message,) = upload(SimpleUploadedFile("十.jpg", JPEG))
    assert "最多 9 个" in message
    assert Attachment.objects.count() == 9


def test_handed_out_through_the_scope_only_and_never_run(desk, upload, client_for):
    upload(SimpleUploadedFile("照 片.jpg", JPEG, "text/html"), SimpleUploadedFile("文.pdf", PDF))
    picture, paper = Attachment.objects.order_by("name", "id")
    picture, paper = (picture, paper) if picture.content_type == "image/jpeg" else (paper, picture)
    down = upload.browser.get(f"/petitions/attachments/{picture.pk}/")
    assert b"".join(down.streaming_content) == JPEG
    assert (down["Content-Type"], down["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert down["Content-Disposition"].startswith("attachment")
    assert "default-src 'none'" in down["Content-Security-Policy"]
    assert "sandbox" in down["Content-Security-Policy"]
    look = upload.browser.get(f"/petitions/attachments/{picture.pk}/?inline")
    assert look["Content-Disposition"].startswith("inline")
    assert upload.browser.get(f"/petitions/attachments/{paper.pk}/?inline")["Content-Disposition"].startswith(
        "attachment"
    )
    outsider = client_for(make_user("community_worker", desk.tree.other_community))
    assert outsider.get(f"/petitions/attachments/{picture.pk}/").status_code == 404
    assert client_for(desk.user("audit_admin")).get(f"/petitions/attachments/{picture.pk}/").status_code == 403
    assert outsider.post(f"/petitions/{upload.petition.pk}/attachments/", {}).status_code == 404


def test_a_lost_file_is_said_and_no_error(upload, settings, tmp_path):
    upload(SimpleUploadedFile("照片.jpg", JPEG))
    settings.MEDIA_ROOT = tmp_path
    assert upload.browser.get(f"/petitions/attachments/{Attachment.objects.get().pk}/").status_code == 404
