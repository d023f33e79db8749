"""The frame: menu, counts, bell, search, large text; components; assets."""

from __future__ import annotations

import importlib.util
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.template import Context, Template, TemplateSyntaxError
from django.urls import reverse
from django.utils.safestring import mark_safe

from common import navigation
from common.deadlines import amount, describe
from common.navigation import AccountLink, Bell, MenuGroup, MenuItem, MenuPart, Registry, SearchBox
from common.permissions import all_permissions
from common.scope import Grant, Scope
from common.templatetags import gridwork
from tests.common.pages_fixtures import site  # noqa: F401

ROOT = Path(settings.BASE_DIR)


def user_with(*permissions: str) -> SimpleNamespace:
    scope = Scope((Grant("r", frozenset(permissions), level=1, unit_id=1, unit_path="1/"),))
    return SimpleNamespace(is_active=True, scope=scope)


@pytest.fixture
def frame(monkeypatch):
    """A registry of our own in place of the site's."""
    registry = Registry()
    registry.register(
        MenuGroup("later", "统计", order=20),
        MenuGroup("first", "办理", order=10),
        MenuItem("jobs", "任务", "common:jobs", "later", count=lambda user: 0),
        MenuItem("mine", "待我办理", "units", "first", permissions=("a", "b"), order=2, count=lambda user: 100),
        MenuItem("open", "未办结", "units", "first", permissions=("a",), order=3, query="is_active=true"),
        MenuItem("new", "新增", "unit-create", "first", permissions=("c",), order=1, count=lambda user: None),
    )
    for module in ("common.context_processors", "common.views"):
        monkeypatch.setattr(f"{module}.frame", registry)
    return registry


@pytest.mark.usefixtures("site")
class TestMenu:
    def labels(self, registry, user, path="/", full=""):
        sections = registry.menu(user, path, full or path)
        return [(s.group.label, [entry.item.label for entry in s.entries]) for s in sections]

    def test_only_what_the_person_may_open_in_order(self, frame):
        assert self.labels(frame, user_with("b")) == [("办理", ["待我办理"]), ("统计", ["任务"])]
        assert self.labels(frame, user_with("a", "c"))[0] == ("办理", ["新增", "待我办理", "未办结"])

    def test_nobody_gets_what_needs_nothing(self, frame):
        assert self.labels(frame, None) == [("统计", ["任务"])]

    @pytest.mark.parametrize(("path", "full", "active"), [
        ("/kit/units/", "", "待我办理"),
        ("/kit/units/", "/kit/units/?is_active=true", "未办结"),
        ("/kit/units/7/edit", "", "待我办理"),
        ("/kit/units/new", "", "新增"),
        ("/elsewhere", "", None),
    ])  # fmt: skip
    def test_the_entry_above_the_page_is_active(self, frame, path, full, active):
        sections = frame.menu(user_with("a", "c"), path, full or path)
        found = [entry.item.label for section in sections for entry in section.entries if entry.active]
        assert found == ([active] if active else [])

    def test_counts_are_capped_zero_is_left_out(self, frame):
        frame.register(Bell("common:jobs", lambda user: 3))
        assert frame.counts(user_with("a", "c")) == {"mine": "99+", "bell": "3"}

    def test_counts_of_what_may_not_be_opened_are_not_told(self, frame):
        assert frame.counts(user_with("c")) == {}

    def test_a_key_is_taken_once(self, frame):
        with pytest.raises(ValueError, match="twice"):
            frame.register(MenuItem("jobs", "别的", "common:jobs", "later"))

    def test_many_entries_stand_in_parts_few_do_not_and_empty_parts_vanish(self, frame):
        frame.register(
            MenuGroup("team", "队伍", order=5), MenuPart("team.b", "team", "培养", 2), MenuPart("team.a", "team", "人员", 1),
            *(MenuItem(f"b{n}", f"乙{n}", "units", "team", permissions=("a",), order=n, part="team.b") for n in range(8)),
            MenuItem("a0", "甲0", "units", "team", permissions=("b",), order=50, part="team.a"),
            MenuItem("c0", "丙0", "units", "team", permissions=("a",), order=99),
        )  # fmt: skip

        def parts(*held: str) -> list[tuple[str, int]]:
            section = frame.menu(user_with(*held))[0]
            assert [e.item.key for e in section.entries] == [e.item.key for p in section.parts for e in p.entries]
            return [(shown.part.label if shown.part else "", len(shown.entries)) for shown in section.parts]

        assert parts("a", "b") == [("", 1), ("人员", 1), ("培养", 8)]
        assert parts("a") == [("", 1), ("培养", 8)]
        assert parts("b") == [("", 1)], "a single entry needs no part above it"

    def test_the_part_of_the_page_is_active(self, frame):
        frame.register(
            MenuGroup("team", "队伍", order=5), MenuPart("team.a", "team", "人员", 1),
            *(MenuItem(f"b{n}", f"乙{n}", "common:jobs", "team", query=f"n={n}", order=n) for n in range(8)),
            MenuItem("a0", "甲0", "units", "team", query="is_active=1", part="team.a"),
        )  # fmt: skip
        section = frame.menu(user_with(), "/kit/units/", "/kit/units/?is_active=1")[0]
        assert [(shown.part is not None, shown.active) for shown in section.parts] == [(False, False), (True, True)]

    def test_what_is_meant_for_some_only_is_neither_shown_nor_counted_for_others(self, frame):
        chosen = user_with()
        mine = MenuItem("own", "我的", "units", "later", meant_for=lambda user: user is chosen, count=lambda user: 2)
        frame.register(mine)
        assert self.labels(frame, chosen) == [("统计", ["任务", "我的"])]
        assert frame.counts(chosen) == {"own": "2"}
        assert self.labels(frame, user_with()) == [("统计", ["任务"])]
        assert frame.counts(user_with()) == {}

    def test_search_box_for_those_who_may(self, frame):
        frame.register(SearchBox("units", "搜索", ("a",)))
        assert frame.search_box(user_with("a")).label == "搜索"
        assert frame.search_box(user_with("b")) is None

    @pytest.mark.django_db
    def test_capped_looks_at_a_hundred_rows(self, tree, django_assert_num_queries):
        from grid.models import Unit

        with django_assert_num_queries(1) as queries:
            assert navigation.capped(Unit.objects.order_by("name")) == 9
        assert "LIMIT 100" in queries[0]["sql"]
        assert "ORDER BY" not in queries[0]["sql"]


@pytest.mark.django_db
@pytest.mark.usefixtures("site")
class TestPage:
    def test_everything_of_the_frame_is_there(self, frame, staff, client_for):
        frame.register(
            Bell("units", lambda user: 3), SearchBox("units", "搜索工单"),
            AccountLink("out", "退出登录", "units", post=True), AccountLink("me", "我的账号", "units"),
        )  # fmt: skip
        text = client_for(staff["district_officer"]).get("/kit/guide/").content.decode()
        assert re.search(r'<form method="post" action="/kit/units/"><input type="hidden" name="csrf', text)
        for words in (
            "搜索工单",
            "退出登录",
            "我的账号",
            "江源区",
            "任务",
            'data-gw-count="bell"',
            "跳到正文",
            "大字版",
        ):
            assert words in text

    def test_counts_come_apart_from_the_page(self, frame, staff, client_for):
        client = client_for(staff["district_officer"])
        assert client.get(reverse("common:menu-counts")).json() == {}
        frame.register(Bell("units", lambda user: 3))
        answer = client.get(reverse("common:menu-counts"))
        assert answer.json() == {"bell": "3"}
        assert "no-store" in answer["Cache-Control"]

    def test_counts_are_for_the_signed_in(self, client):
        assert client.get(reverse("common:menu-counts")).status_code == 302

    def test_large_text_is_remembered_and_taken_back(self, client):
        assert 'class="gw-large' not in client.get("/kit/public/").content.decode()
        answer = client.post(reverse("common:large-text"), {"next": "/kit/public/"})
        assert answer["Location"] == "/kit/public/"
        assert client.cookies["gw_large_text"]["max-age"] > 30_000_000
        assert 'class="gw-large' in client.get("/kit/public/").content.decode()
        assert 'class="gw-large' in client.get("/kit/fail/plain/").content.decode(), "error pages too"
        client.post(reverse("common:large-text"))
        assert 'class="gw-large' not in client.get("/kit/public/").content.decode()

    @pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
    def test_large_text_leads_nowhere_else(self, client, target):
        assert client.post(reverse("common:large-text"), {"next": target})["Location"] == "/"

    def test_demo_is_marked(self, client, settings):
        assert "演示环境" not in client.get("/kit/public/").content.decode()
        settings.DEMO = True
        assert "演示环境" in client.get("/kit/public/").content.decode()

    def test_reveal_is_posted_with_its_reason(self, staff, client_for):
        client = client_for(staff["district_officer"])
        assert 'hx-post="/kit/reveal/"' in client.get("/kit/guide/").content.decode()
        assert "13800001234（回访）" in client.post("/kit/reveal/", {"reason": "回访"}).content.decode()

    def test_no_inline_script_or_style(self, staff, client_for):
        client = client_for(staff["district_officer"])
        for path in ("/kit/guide/?wrong=1", "/kit/units/", "/kit/units/new", "/kit/public/", "/kit/fail/plain/"):
            text = client.get(path).content.decode()
            assert not re.search(r"\sstyle=", text), path
            assert not re.search(r"\son[a-z]+=", text), path
            assert all('src="' in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", text)), path


class TestRealFrame:
    """What the apps have registered leads somewhere and names what exists."""

    def test_every_entry_has_an_address_a_group_and_known_permissions(self):
        declared = {permission.code for permission in all_permissions()}
        for item in navigation.frame.items.values():
            assert item.url().startswith("/"), item.key
            assert item.group in navigation.frame.groups, item.key
            assert set(item.permissions) <= declared, item.key
        for entry in (*navigation.frame.links(), *navigation.frame.search_boxes, navigation.frame.bell):
            assert reverse(entry.url_name).startswith("/")

    def test_every_part_lies_in_its_group(self):
        for item in navigation.frame.items.values():
            assert not item.part or navigation.frame.parts[item.part].group == item.group, item.key
        assert {part.group for part in navigation.frame.parts.values()} <= set(navigation.frame.groups)

    def test_every_icon_is_in_the_sprite(self):
        sprite = (ROOT / "static/vendor/icons/tabler-icons.svg").read_text()
        entries = (*navigation.frame.groups.values(), *navigation.frame.items.values(), *navigation.frame.links())
        assert [entry.key for entry in entries if f'<symbol id="{entry.icon}"' not in sprite] == []

    def test_a_label_is_escaped_even_after_the_same_one_was_drawn_as_safe(self):
        """Icons are kept when they were drawn once."""
        assert 'aria-label="<b>"' in gridwork.icon("home", mark_safe("<b>"))
        assert 'aria-label="&lt;b&gt;"' in gridwork.icon("home", "<b>")

    def test_no_two_entries_look_the_same(self):
        seen = [(item.group, item.label) for item in navigation.frame.items.values()]
        assert len(seen) == len(set(seen))


NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai


class TestDeadline:
    @pytest.mark.parametrize(("left", "words", "tone"), [
        (timedelta(seconds=30), "还剩 不到 1 分钟", "amber"),
        (timedelta(minutes=25), "还剩 25 分钟", "amber"),
        (timedelta(hours=6), "还剩 6 小时", "amber"),
        (timedelta(hours=7), "今天 17:00 到期", "amber"),
        (timedelta(hours=13, minutes=59), "今天 23:59 到期", "amber"),
        (timedelta(hours=14), "明天 00:00 到期", "amber"),
        (timedelta(hours=38), "还剩 2 天", "blue"),
        (timedelta(days=9), "还剩 9 天", "blue"),
        (timedelta(seconds=-1), "超期 不到 1 分钟", "red"),
        (timedelta(hours=-23, minutes=-59), "超期 23 小时", "red"),
        (timedelta(days=-2, hours=-5), "超期 2 天", "red"),
    ])  # fmt: skip
    def test_open(self, left, words, tone):
        standing = describe(NOW + left, now=NOW)
        assert (standing.text, standing.tone) == (words, tone)

    def test_exactly_at_the_limit_is_not_late(self):
        assert describe(NOW, now=NOW).tone == "amber"
        assert describe(NOW, now=NOW, finished=NOW).text == "按期完成"

    def test_finished_late_and_paused(self):
        assert describe(NOW, now=NOW, finished=NOW + timedelta(days=3)).text == "超期 3 天完成"
        assert describe(NOW - timedelta(days=3), now=NOW, paused=True).text == "暂停计时"
        assert describe(NOW, now=NOW, finished=NOW, paused=True).text == "按期完成"

    def test_amounts(self):
        assert amount(timedelta(minutes=59, seconds=59)) == "59 分钟"
        assert amount(timedelta(days=1)) == "1 天"


class TestComponents:
    def render(self, text: str, **context: object) -> str:
        return Template("{% load gridwork %}" + text).render(Context(context))

    def test_text_is_escaped_everywhere(self):
        evil = "<b>x</b>"
        text = self.render(
            '{% state_badge e "red" %}{% card title=e %}{{ e }}{% endcard %}{% stat e e e %}{% empty_state e e %}'
            '{% dialog id="d" title=e %}{{ e }}{% enddialog %}{% masked e %}{% detail_list rows %}{% icon "bell" e %}'
            '{% timeline events %}{% chart "c" option e %}',
            e=evil, rows=[(evil, evil)],
            events=[SimpleNamespace(at=NOW, title=evil, text=evil, actor=evil)],
            option={"xAxis": {"data": [evil]}, "series": [{"type": "bar", "name": evil, "data": [1]}]},
        )  # fmt: skip
        assert evil not in text
        assert text.count("&lt;b&gt;x&lt;/b&gt;") > 15

    def test_unknown_colour_is_a_mistake_of_the_template(self):
        with pytest.raises(TemplateSyntaxError):
            self.render('{% state_badge "x" "pinkish" %}')

    def test_nothing_is_a_dash(self):
        assert "—" in self.render("{% deadline due %}", due=None)
        assert gridwork.rate(None) == gridwork.number(None) == gridwork.dash("") == gridwork.duration(None) == "—"

    @pytest.mark.parametrize(("value", "words"), [
        (Decimal(338) / Decimal(344), "98.26%"), (Decimal("0.00005"), "0.01%"), (Decimal("0.00015"), "0.02%"), (1, "100.00%"),
    ])  # fmt: skip
    def test_rate_is_rounded_half_up(self, value, words):
        assert gridwork.rate(value) == words

    @pytest.mark.parametrize(("value", "words"), [
        (timedelta(minutes=45), "45 分钟"), (timedelta(hours=3, minutes=20), "3 小时 20 分"), (timedelta(hours=2), "2 小时"),
        (timedelta(days=2, hours=4), "2 天 4 小时"), (timedelta(days=1), "1 天"),
    ])  # fmt: skip
    def test_duration(self, value, words):
        assert gridwork.duration(value) == words

    def test_chart_has_its_numbers_as_a_table(self):
        option = {
            "xAxis": {"data": ["甲", "乙"]},
            "series": [{"type": "bar", "name": "受理", "data": [3, {"value": 4}]}],
        }
        assert gridwork.option_table(option) == {"head": ["项目", "受理"], "rows": [["甲", 3], ["乙", 4]]}
        pie = {"series": {"type": "pie", "name": "件", "data": [{"name": "供热", "value": 5}]}}
        assert gridwork.option_table(pie) == {"head": ["项目", "件"], "rows": [["供热", 5]]}
        text = self.render('{% chart "c" option "标题" %}', option=option)
        assert '<th scope="row">乙</th><td class="gw-num">4</td>' in text

    def test_chart_without_an_axis_is_a_mistake(self):
        with pytest.raises(TemplateSyntaxError):
            gridwork.option_table({"series": [{"type": "bar", "data": [1]}]})


def sources() -> list[Path]:
    apps = ("common", "grid", "accounts", "partyorgs", "petitions", "reports", "config")
    python = [path for app in apps for path in (ROOT / app).rglob("*.py")]
    return [*(ROOT / "templates").rglob("*.html"), *python]


class TestAssets:
    def test_vendored_files_are_as_pinned(self):
        spec = importlib.util.spec_from_file_location("fetch", ROOT / "static/vendor/fetch.py")
        fetch = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(fetch)
        import json

        manifest = json.loads(fetch.MANIFEST.read_text())
        assert fetch.changed(manifest) == []
        assert len(manifest["files"]) >= 15

    def test_every_icon_that_is_used_is_in_the_sprite(self):
        sprite = (ROOT / "static/vendor/icons/tabler-icons.svg").read_text()
        known = set(re.findall(r'<symbol id="([^"]+)"', sprite))
        used: dict[str, str] = {}
        for path in sources():
            text = path.read_text()
            for pattern in (r'{% icon "([a-z0-9-]+)"', r'icon(?:_name)?="([a-z0-9-]+)"'):
                used.update(dict.fromkeys(re.findall(pattern, text), str(path)))
        assert {name: path for name, path in used.items() if name not in known} == {}

    def test_every_static_file_a_template_names_is_there(self):
        """The manifest of production refuses what is missing; the plain storage of tests would not."""
        named = {
            name: str(path)
            for path in (ROOT / "templates").rglob("*.html")
            for name in re.findall(r'{% static "([^"]+)"', path.read_text())
        }
        assert {name: path for name, path in named.items() if not (ROOT / "static" / name).exists()} == {}

    def test_every_class_of_ours_in_a_template_is_in_the_style_sheet_or_the_script(self):
        files = [*(ROOT / "static/css").glob("*.css"), *(ROOT / "static/js").glob("*.js")]
        known = "".join(path.read_text() for path in files)
        # A class may also be there only for htmx to find the place of a part.
        templates = "".join(path.read_text() for path in (ROOT / "templates").rglob("*.html"))
        known += "".join(re.findall(r'hx-target="([^"]*)"', templates))
        used: dict[str, str] = {}
        for path in (ROOT / "templates").rglob("*.html"):
            for classes in re.findall(r'class="([^"]*)"', re.sub(r"{%.*?%}|{{.*?}}", " ", path.read_text())):
                used.update(
                    {name: str(path) for name in classes.split() if name.startswith("gw-") and not name.endswith("-")}
                )
        assert {name: path for name, path in used.items() if f".{name}" not in known and f'"{name}"' not in known} == {}

    def test_templates_have_no_inline_script_or_style(self):
        for path in (ROOT / "templates").rglob("*.html"):
            text = path.read_text()
            assert not re.search(r"<style|\sstyle=|\son(?:click|change|submit|load)=|javascript:", text), path
            assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text)), path

    def test_first_visit_with_charts_fits_the_budget(self):
        """350 kB over the wire on a first visit with charts (issue: speed), pages themselves aside."""
        import gzip

        names = [
            "vendor/tabler/tabler.min.css", "css/gridwork.css", "vendor/htmx/htmx.min.js", "js/gridwork.js",
            "vendor/echarts/echarts.min.js", "js/charts.js", "vendor/icons/tabler-icons.svg", "img/favicon.svg",
        ]  # fmt: skip
        sizes = {name: len(gzip.compress((ROOT / "static" / name).read_bytes())) for name in names}
        assert sum(sizes.values()) < 310_000, sizes
