"""Form pages: errors in place, the service's own sentences, one submission, versions, dialogs, workflow actions."""

from __future__ import annotations

import re
from types import SimpleNamespace
from uuid import UUID

import pytest
from django import forms
from django.http import Http404

from common.errors import Conflict, Refused
from common.pages import ActionView, FormPage, add_error
from common.workflow import Action, Workflow
from grid.choices import UnitKind
from grid.models import Unit
from tests.common.pages_fixtures import site  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]


@pytest.fixture
def desk(staff, client_for):
    return client_for(staff["district_officer"])


class TestCreate:
    def test_done_and_said(self, desk):
        answer = desk.post("/kit/units/new", {"name": "新街道", "households": "3"}, follow=True)
        assert answer.redirect_chain == [("/kit/units/", 302)]
        assert "已新增。" in answer.content.decode()
        assert Unit.objects.get(name="新街道").households == 3

    def test_errors_are_listed_and_linked(self, desk):
        before = Unit.objects.count()
        answer = desk.post("/kit/units/new", {"name": "", "households": "-1"})
        text = answer.content.decode()
        assert answer.status_code == 400
        assert '<a href="#id_name">名称</a>' in text
        assert '<a href="#id_households">户数</a>' in text
        assert 'id="id_name"' in text
        assert 'role="alert"' in text
        assert Unit.objects.count() == before

    @pytest.mark.parametrize("name", ["a\x00b", "长" * 21])
    def test_unusable_text_is_an_error_of_its_field(self, desk, name):
        answer = desk.post("/kit/units/new", {"name": name})
        assert answer.status_code == 400
        assert '<a href="#id_name">名称</a>' in answer.content.decode()

    def test_who_may_not_gets_the_reason_and_nothing_is_done(self, staff, client_for):
        before = Unit.objects.count()
        answer = client_for(staff["community_worker"]).post("/kit/units/new", {"name": "新街道"})
        assert answer.status_code == 403
        assert Unit.objects.count() == before

    def test_every_form_carries_a_submission_key(self, desk):
        keys = [
            re.search(r'name="submission" value="([^"]+)"', desk.get("/kit/units/new").content.decode())[1]
            for _ in "12"
        ]
        assert keys[0] != keys[1]
        assert all(UUID(key) for key in keys)

    def test_the_key_comes_back_after_an_error(self, desk):
        key = "7b0f2f0e-4a3b-4df0-9d1c-5f6f0a5f2a11"
        answer = desk.post("/kit/units/new", {"name": "", "submission": key})
        assert f'value="{key}"' in answer.content.decode()

    def test_a_made_up_key_is_replaced(self, rf):
        page = FormPage()
        page.request = rf.post("/", {"submission": "not-a-key"})
        assert isinstance(page.submission, UUID)


class TestUpdate:
    def url(self, unit):
        return f"/kit/units/{unit.pk}/edit"

    def test_starts_with_the_present_values(self, desk, tree):
        text = desk.get(self.url(tree.grid)).content.decode()
        assert f'value="{tree.grid.name}"' in text
        assert 'value="400"' in text

    def test_saved(self, desk, tree):
        desk.post(self.url(tree.grid), {"name": "新名称", "version": tree.grid.name})
        tree.grid.refresh_from_db()
        assert tree.grid.name == "新名称"

    def test_outside_the_scope(self, staff, tree, client_for):
        worker = client_for(staff["community_worker"])
        assert worker.get(self.url(tree.other_grid)).status_code == 404
        assert worker.post(self.url(tree.other_grid), {"name": "改名"}).status_code == 404
        tree.other_grid.refresh_from_db()
        assert tree.other_grid.name == "新建第一网格"

    def test_somebody_was_faster(self, desk, tree):
        answer = desk.post(self.url(tree.grid), {"name": "我的名称", "version": "打开时的名称"})
        assert answer.status_code == 409
        assert "已被别人修改，没有保存" in answer.content.decode()
        assert 'name="version" value="打开时的名称"' in answer.content.decode(), "a second try is refused as well"
        tree.grid.refresh_from_db()
        assert tree.grid.name == "江湾第一网格"

    def test_the_services_sentence_shows_at_its_field(self, desk, tree):
        answer = desk.post(self.url(tree.grid), {"name": "占用", "version": tree.grid.name})
        assert answer.status_code == 400
        assert '<a href="#id_name">名称</a>：这个名称已被使用，请换一个。' in answer.content.decode()

    def test_the_services_sentence_without_a_field_shows_above(self, desk, tree):
        answer = desk.post(self.url(tree.grid), {"name": "冲突", "version": tree.grid.name})
        assert answer.status_code == 409
        assert answer.content.decode().count("别人正在修改这个单位，请稍后再试。") == 1

    def test_in_a_dialog(self, desk, tree):
        headers = {"HX-Request": "true", "HX-Target": "gw-dialog-content"}
        opened = desk.get(self.url(tree.grid), headers=headers).content.decode()
        assert "<html" not in opened
        assert 'id="gw-dialog-title"' in opened
        wrong = desk.post(self.url(tree.grid), {"name": ""}, headers=headers)
        assert "请更正以下内容" in wrong.content.decode()
        done = desk.post(self.url(tree.grid), {"name": "新名称", "version": tree.grid.name}, headers=headers)
        assert (done.status_code, done["HX-Redirect"]) == (204, "/kit/units/")


class TestPublicForm:
    def test_needs_no_account(self, client):
        assert client.get("/kit/public/").status_code == 200

    def test_errors_and_conflicts_are_shown(self, client):
        assert client.post("/kit/public/", {}).status_code == 400
        answer = client.post("/kit/public/", {"name": "路灯"})
        assert answer.status_code == 409
        assert "“路灯”已经有人反映过了。" in answer.content.decode()

    def test_text_is_escaped(self, client):
        answer = client.post("/kit/public/", {"name": "<script>x()"})
        assert "<script>x()" not in answer.content.decode()
        assert "“&lt;script&gt;x()”已经有人反映过了。" in answer.content.decode()


def test_error_of_an_unknown_field_goes_above():
    from common.errors import Invalid

    form = forms.Form({})
    add_error(form, Invalid("数据不对。", "no_such_field"))
    assert form.non_field_errors() == ["数据不对。"]


class TestAction:
    """A workflow over units: residential ones may be turned into villages, once."""

    @pytest.fixture
    def view(self):
        workflow = Workflow(
            "unit", "单位", states=UnitKind, initial="residential", state_field="kind",
            actions=[Action("turn", "改为村", ("residential",), "village", "grid.view", "x", confirm=True, help="按批文改。")],
            relations={"area": lambda obj, scope: obj.name != "别人的社区"},
        )  # fmt: skip

        @workflow.service("turn")
        def turn(*, unit, actor):
            Unit.objects.filter(pk=unit.pk).update(kind="village")

        return type("TurnView", (ActionView,), {"model": Unit, "workflow": workflow})

    def call(self, view, rf, user, unit, method="get", action="turn"):
        Unit.get_absolute_url = lambda self: f"/kit/units/{self.pk}/"
        request = getattr(rf, method)("/x", headers={"HX-Target": "gw-dialog-content"})
        request.user, request.session = user, {}
        request._messages = SimpleNamespace(add=lambda *a: None)
        return view.as_view()(request, pk=unit.pk, action=action)

    @pytest.fixture(autouse=True)
    def _clean(self):
        had = Unit.__dict__.get("get_absolute_url")
        yield
        if had is None:
            Unit.__dict__.get("get_absolute_url") and delattr(Unit, "get_absolute_url")
        else:
            Unit.get_absolute_url = had

    def test_shown_and_done(self, view, rf, staff, tree):
        shown = self.call(view, rf, staff["district_officer"], tree.community).content.decode()
        assert "按批文改。" in shown
        assert "确定要改为村吗？" in shown
        done = self.call(view, rf, staff["district_officer"], tree.community, "post")
        assert done["HX-Redirect"] == f"/kit/units/{tree.community.pk}/"
        tree.community.refresh_from_db()
        assert tree.community.kind == "village"

    def test_unknown_action(self, view, rf, staff, tree):
        with pytest.raises(Http404):
            self.call(view, rf, staff["district_officer"], tree.community, action="fly")

    def test_outside_the_scope(self, view, rf, staff, tree):
        with pytest.raises(Http404):
            self.call(view, rf, staff["community_worker"], tree.other_community, "post")

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_wrong_state_is_a_conflict(self, view, rf, staff, tree, method):
        with pytest.raises(Conflict, match="当前状态为"):
            self.call(view, rf, staff["district_officer"], tree.street, method)

    @pytest.mark.parametrize("method", ["get", "post"])
    def test_not_ones_own_is_refused(self, view, rf, staff, tree, method):
        Unit.objects.filter(pk=tree.community.pk).update(name="别人的社区")
        with pytest.raises(Refused):
            self.call(view, rf, staff["district_officer"], tree.community, method)
        tree.community.refresh_from_db()
        assert tree.community.kind == "residential"
