"""Where a request comes from, what a log line says of it, and what the demo shows on the sign-in page."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
import structlog
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.addresses import client_ip
from accounts.demo_accounts import demo_accounts
from accounts.middleware import LogMiddleware


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "expected"),
    [
        (0, "10.0.0.9", "", "10.0.0.9"),
        (0, "10.0.0.9", "1.2.3.4", "10.0.0.9"),  # nobody in front: the header is the client's invention
        (1, "172.18.0.2", "10.0.0.9", "10.0.0.9"),
        (1, "172.18.0.2", "1.2.3.4, 10.0.0.9", "10.0.0.9"),  # what the client sent itself stands left
        (2, "172.18.0.2", "1.2.3.4, 10.0.0.9, 172.18.0.3", "10.0.0.9"),
        (2, "172.18.0.2", "10.0.0.9", "172.18.0.2"),
        (1, "172.18.0.2", "", "172.18.0.2"),
        (1, "172.18.0.2", "<script>", ""),
        (0, "", "", ""),
        (0, "2001:DB8::1", "", "2001:db8::1"),
    ],
)
def test_client_ip(settings, proxies, remote, forwarded, expected):
    settings.PROXY_COUNT = proxies
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert client_ip(RequestFactory().get("/", REMOTE_ADDR=remote, **headers)) == expected


class TestDemoAccounts:
    @pytest.fixture
    def listed(self, settings, tmp_path):
        settings.STATE_DIR = tmp_path
        rows = [
            {
                "role": "社区工作者",
                "unit": "江湾社区",
                "username": "shequ1",
                "password": "Shequ-2601!",
                "token": "gw_x",
            },
            {"role": "没有密码的", "unit": "江湾社区", "username": "shequ9", "password": ""},
        ]
        (tmp_path / "demo.json").write_text(json.dumps({"accounts": rows}), "utf-8")

    def test_in_the_demo(self, db, listed, settings, client):
        settings.DEMO = True
        assert [(row.username, row.password) for row in demo_accounts()] == [("shequ1", "Shequ-2601!")]
        page = client.get("/sign-in").content.decode()
        assert 'data-fill-username="shequ1"' in page
        assert "gw_x" not in page

    def test_nowhere_else(self, db, listed, settings, client):
        settings.DEMO = False
        assert demo_accounts() == []
        page = client.get("/sign-in").content.decode()
        assert "shequ1" not in page
        assert "演示账号" not in page

    @pytest.mark.parametrize("content", ["", "{", '{"accounts": [{}]}', "{}"])
    def test_a_broken_list_breaks_no_page(self, db, settings, tmp_path, client, content):
        settings.DEMO, settings.STATE_DIR = True, tmp_path
        (tmp_path / "demo.json").write_text(content, "utf-8")
        assert client.get("/sign-in").status_code == 200


class TestLog:
    """What a log line of a request carries, and that nothing of it is left for the next one."""

    @pytest.fixture
    def seen(self, monkeypatch):
        lines = []

        def answer(request):
            lines.append(dict(structlog.contextvars.get_contextvars()))
            return HttpResponse(status=request.status)

        return lines, LogMiddleware(answer)

    @pytest.mark.parametrize("status", [200, 302, 404])
    def test_request_id_and_address_while_it_runs(self, seen, settings, status):
        settings.PROXY_COUNT = 1
        lines, middleware = seen
        for client in ("203.0.113.7", "203.0.113.8"):
            request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=f"6.6.6.6, {client}")
            request.status = status
            middleware(request)
            assert structlog.contextvars.get_contextvars() == {}
        assert [line["ip"] for line in lines] == ["203.0.113.7", "203.0.113.8"]
        assert len({line["request_id"] for line in lines}) == 2

    def test_only_what_went_wrong_is_written_with_the_person(self, seen, caplog):
        _, middleware = seen
        for status in (200, 302, 403):
            request = RequestFactory().get("/x")
            request.status, request.user = status, SimpleNamespace(pk=7)
            middleware(request)
        assert len(caplog.records) == 1
        line = caplog.records[0].msg
        assert (line["event"], line["code"], line["user_id"], line["request"]) == ("request_finished", 403, 7, "GET /x")
