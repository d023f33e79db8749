"""Errors meant for a person: as a page, a fragment or JSON, with the right status and the request id."""

from __future__ import annotations

import io
import json
import re

import pytest
from csp.middleware import CSPMiddleware
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from common import middleware, views
from tests.common.pages_fixtures import site  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OWN_SENTENCES = {
    "plain": (400, "工单编号不对，请核对后再查。"),
    "refused": (403, "本件由住建局承办，您所在的单位不能签收。"),
    "conflict": (409, "工单已被别人签收，请刷新页面。"),
    "missing": (404, "这件工单不在您的管辖范围内。"),
    "missing-english": (404, views.NOT_FOUND),
    "denied": (403, "社区不能审批延期。"),
    "denied-bare": (403, views.NO_PERMISSION),
    "suspicious": (400, "提交的内容无法识别"),
    "data": (400, middleware.BAD_INPUT),
    "nul": (400, middleware.BAD_INPUT),
    "bug": (500, views.UNEXPECTED),
}


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(("kind", "status", "sentence"), [(k, *v) for k, v in OWN_SENTENCES.items()])
class TestEveryError:
    def test_as_a_page(self, visitor, kind, status, sentence):
        answer = visitor.get(f"/kit/fail/{kind}/")
        text = answer.content.decode()
        assert answer.status_code == status
        assert sentence in text
        assert UUID.search(text), "the request id is shown"
        assert "Traceback" not in text
        assert "matches the given query" not in text

    def test_as_json_under_api(self, visitor, kind, status, sentence):
        answer = visitor.get(f"/api/kit/fail/{kind}/")
        assert answer.status_code == status
        body = json.loads(answer.content)
        assert sentence in body["errors"][0]["detail"]
        assert UUID.fullmatch(body["request_id"])
        assert body["type"] == ("server_error" if status >= 500 else "client_error")

    def test_as_a_fragment_for_htmx(self, visitor, kind, status, sentence):
        answer = visitor.get(f"/kit/fail/{kind}/", headers={"HX-Request": "true"})
        text = answer.content.decode()
        assert answer.status_code == status
        assert sentence in text
        assert "<html" not in text
        assert answer["HX-Retarget"] == "#gw-messages"


def test_unexpected_error_is_logged_with_its_trace(visitor, caplog):
    answer = visitor.get("/kit/fail/bug/")
    assert answer.status_code == 500
    assert any(record.exc_info and record.exc_info[0] is ZeroDivisionError for record in caplog.records)


def test_refused_value_is_logged_with_its_trace(visitor, caplog):
    visitor.get("/kit/fail/data/")
    assert any(record.levelname == "ERROR" and record.exc_info for record in caplog.records)


def test_lost_database_is_named_and_temporary(rf):
    try:
        raise OperationalError("server closed the connection")
    except OperationalError:
        answer = views.server_error(rf.get("/"))
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    assert views.UNAVAILABLE in answer.content.decode()


def test_error_pages_ask_nothing_of_the_database(visitor, django_assert_num_queries):
    with django_assert_num_queries(0):
        visitor.get("/kit/fail/bug/")
        visitor.get("/kit/fail/missing/")


def test_unknown_address(visitor):
    answer = visitor.get("/there/is/nothing")
    assert answer.status_code == 404
    assert views.NOT_FOUND in answer.content.decode()


@pytest.mark.parametrize("address", ["/kit/units/?q=a%00b", "/healthz?x=%00"])
def test_nul_in_the_address_is_refused_in_words(visitor, address):
    answer = visitor.get(address)
    assert answer.status_code == 400
    assert middleware.BAD_INPUT in answer.content.decode()


def test_expired_form_token(staff, client_for):
    client = client_for(staff["district_officer"])
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    answer = strict.post("/kit/units/new", {"name": "新街道"})
    assert answer.status_code == 403
    assert views.CSRF_EXPIRED in answer.content.decode()


class TestUploadLimit:
    def test_small_upload_is_read(self, visitor):
        answer = visitor.post("/kit/echo/", {"file": SimpleUploadedFile("a.txt", b"x" * 1000)})
        assert answer.status_code == 200
        assert answer.json()["files"] == ["a.txt"]

    def test_large_upload_is_refused_in_words(self, visitor, settings):
        settings.UPLOAD_LIMIT_BYTES = 2 * 1024 * 1024
        answer = visitor.post("/kit/echo/", {"file": SimpleUploadedFile("a.bin", b"x" * (3 * 1024 * 1024))})
        assert answer.status_code == 413
        assert "2.0 MB" in answer.content.decode().replace("\xa0", " ")
        assert answer["Connection"] == "close"

    def test_api_is_told_in_json(self, visitor, settings):
        settings.UPLOAD_LIMIT_BYTES = 10
        answer = visitor.post("/api/kit/fail/plain/", "x" * 100, content_type="text/plain")
        assert answer.status_code == 413
        assert answer.json()["errors"][0]["code"] == "too_large"

    def test_nothing_of_it_is_parsed_and_little_is_kept(self, settings):
        """The body is taken off the wire in steps; the view never runs."""
        settings.UPLOAD_LIMIT_BYTES = 10
        stream = CountingStream(5 * middleware.DRAIN_STEP)
        request = RequestFactory().generic("POST", "/kit/echo/", b"")
        request.META.update({"CONTENT_LENGTH": str(stream.size), "wsgi.input": stream})
        answer = middleware.UploadLimitMiddleware(never_called)(request)
        assert answer.status_code == 413
        assert stream.given == stream.size
        assert stream.largest <= middleware.DRAIN_STEP

    def test_a_huge_upload_is_not_even_drained(self, settings):
        settings.UPLOAD_LIMIT_BYTES = 10
        stream = CountingStream(middleware.DRAIN_BYTES + 1)
        request = RequestFactory().generic("POST", "/kit/echo/", b"")
        request.META.update({"CONTENT_LENGTH": str(stream.size), "wsgi.input": stream})
        assert middleware.UploadLimitMiddleware(never_called)(request).status_code == 413
        assert stream.given == 0

    def test_no_stated_size(self):
        request = RequestFactory().post("/kit/echo/", HTTP_TRANSFER_ENCODING="chunked")
        answer = middleware.UploadLimitMiddleware(never_called)(request)
        assert answer.status_code == 411

    def test_sender_who_breaks_off(self, settings):
        settings.UPLOAD_LIMIT_BYTES = 10
        request = RequestFactory().generic("POST", "/kit/echo/", b"")
        request.META.update({"CONTENT_LENGTH": "100", "wsgi.input": BrokenStream()})
        assert middleware.UploadLimitMiddleware(never_called)(request).status_code == 413


def never_called(request):
    raise AssertionError("the view must not run")


class CountingStream(io.RawIOBase):
    def __init__(self, size: int) -> None:
        self.size, self.given, self.largest = size, 0, 0

    def read(self, size: int = -1) -> bytes:
        size = min(size, self.size - self.given)
        self.given += size
        self.largest = max(self.largest, size)
        return b"x" * size


class BrokenStream(io.RawIOBase):
    def read(self, size: int = -1) -> bytes:
        raise OSError("connection reset by peer")


class TestCompression:
    def test_page_is_compressed(self, staff, client_for):
        client = client_for(staff["district_officer"])
        answer = client.get("/kit/guide/", headers={"Accept-Encoding": "gzip"})
        assert answer["Content-Encoding"] == "gzip"

    def test_policy_header_is_on_refused_uploads_too(self, visitor, settings):
        settings.UPLOAD_LIMIT_BYTES = 10
        answer = visitor.post("/kit/echo/", "x" * 100, content_type="text/plain")
        assert "script-src 'self'" in answer["Content-Security-Policy"]
        assert "unsafe-inline" not in answer["Content-Security-Policy"]

    def test_the_policy_kept_for_all_is_the_one_the_library_makes(self, visitor, settings, rf):
        plain = CSPMiddleware(lambda request: HttpResponse())(rf.get("/"))
        assert visitor.get("/kit/guide/")["Content-Security-Policy"] == plain["Content-Security-Policy"]

    def test_an_answer_may_bring_its_own_policy(self, rf):
        own = HttpResponse()
        own._csp_replace = {"default-src": ["'none'"], "sandbox": True}
        answers = iter([HttpResponse(), own, HttpResponse(headers={"Content-Security-Policy": "sandbox"})])
        stage = middleware.ContentPolicyMiddleware(lambda request: next(answers))
        policies = [stage(rf.get("/"))["Content-Security-Policy"] for _ in range(3)]
        assert "default-src 'self'" in policies[0]
        assert "default-src 'none'" in policies[1]
        assert policies[2] == "sandbox"
