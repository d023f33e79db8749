"""The generic pages and components in a real browser: policy, accessibility, phone, keyboard."""

from __future__ import annotations

import pytest

from tests.browser import PHONE
from tests.common.pages_fixtures import site  # noqa: F401
from tests.factories.grid import make_unit

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("transactional_db", "site")]

PAGES = {
    "guide": "/kit/guide/",
    "guide-wrong": "/kit/guide/?wrong=1",
    "list": "/kit/units/",
    "list-filtered": "/kit/units/?level=2&households=0&q=街道",
    "list-empty": "/kit/empty/",
    "form": "/kit/units/new",
    "jobs": "/jobs/",
    "public": "/kit/public/",
}


@pytest.fixture
def officer(staff, tree):
    for number in range(12):
        make_unit(f"测试街道{number}", parent=tree.district, households=390 + number * 7)
    return staff["district_officer"]


def test_every_page_is_accessible_and_fits(faults_of, officer):
    assert faults_of(officer, PAGES) == {}
    assert faults_of(officer, {"error": "/kit/fail/refused/"}, status=403) == {}


def focused(page) -> str:
    """Words or name of the element that has the focus."""
    return page.evaluate(
        "(document.activeElement.innerText || document.activeElement.getAttribute('aria-label') || '').trim()"
    )


class TestKeyboard:
    def test_skip_link_comes_first_and_leads_to_the_text(self, tab_for, officer):
        page = tab_for(officer).open("/kit/units/")
        page.keyboard.press("Tab")
        assert focused(page) == "跳到正文"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "gw-main"

    def test_account_menu_opens_and_escape_gives_the_focus_back(self, tab_for, officer):
        page = tab_for(officer).open("/kit/units/")
        page.focus(".gw-user summary")
        page.keyboard.press("Enter")
        page.wait_for_selector(".gw-user .gw-pop-panel", state="visible")
        page.keyboard.press("Escape")
        page.wait_for_selector(".gw-user .gw-pop-panel", state="hidden")
        assert page.evaluate("document.activeElement.matches('.gw-user summary')")

    def test_dialog_takes_the_focus_and_gives_it_back(self, tab_for, officer):
        tab = tab_for(officer)
        page = tab.open("/kit/guide/")
        page.focus("[data-gw-dialog=dispatch]")
        page.keyboard.press("Enter")
        page.wait_for_selector("#dispatch[open]")
        assert page.evaluate("document.getElementById('dispatch').contains(document.activeElement)")
        tab.shoot("dialog")
        assert tab.violations() == []
        page.keyboard.press("Escape")
        page.wait_for_selector("#dispatch", state="hidden")
        assert page.evaluate("document.activeElement.dataset.gwDialog") == "dispatch"

    def test_table_is_sorted_by_its_head(self, tab_for, officer):
        page = tab_for(officer).open("/kit/units/")
        page.focus("thead a:has-text('户数')")
        page.keyboard.press("Enter")
        page.wait_for_selector("th[aria-sort=descending]")
        assert page.inner_text("tbody tr:first-child .gw-num") == "467"
        assert "sort=households" in page.url
        page.focus("th[aria-sort] a")
        page.keyboard.press("Enter")
        page.wait_for_selector("th[aria-sort=ascending]")

    def test_choice_with_search(self, tab_for, officer):
        page = tab_for(officer).open("/kit/guide/")
        page.wait_for_selector(".ts-control")
        page.focus(".ts-control")
        page.keyboard.press("ArrowDown")
        page.wait_for_selector(".ts-dropdown", state="visible")
        page.keyboard.type("城市")
        page.wait_for_selector(".ts-dropdown .option:has-text('住房')", state="hidden")
        assert page.locator(".ts-dropdown .option:visible").count() == 1
        page.keyboard.press("Enter")
        assert page.input_value("#pick") == "2"


class TestPhone:
    def test_menu_is_a_drawer(self, tab_for, officer):
        tab = tab_for(officer, PHONE)
        page = tab.open("/kit/units/")
        assert not page.is_visible("#gw-menu")
        page.click("#gw-menu-button")
        page.wait_for_selector("#gw-menu", state="visible")
        assert page.evaluate("document.getElementById('gw-page').inert")
        page.wait_for_timeout(300)
        tab.shoot("drawer")
        assert tab.violations() == []
        page.keyboard.press("Escape")
        page.wait_for_selector("#gw-menu", state="hidden")
        assert page.evaluate("document.activeElement.id") == "gw-menu-button"

    def test_rows_are_cards_with_their_labels(self, tab_for, officer):
        page = tab_for(officer, PHONE).open("/kit/units/")
        label = page.evaluate("getComputedStyle(document.querySelector('td[data-label=代码]'), '::before').content")
        assert label == '"代码"'
        assert page.evaluate("getComputedStyle(document.querySelector('tbody tr')).display") == "block"

    def test_filters_fold_away(self, tab_for, officer):
        tab = tab_for(officer, PHONE)
        page = tab.open("/kit/units/")
        assert page.is_visible("#filter-q")
        assert not page.is_visible("#filter-level")
        page.click("[data-gw-filter]")
        page.wait_for_selector("#filter-level", state="visible")
        assert page.get_attribute("[data-gw-filter]", "aria-expanded") == "true"
        tab.shoot("filters")

    def test_large_text_still_fits(self, tab_for, officer):
        tab = tab_for(officer, PHONE)
        page = tab.open("/kit/public/")
        page.click("text=大字版")
        page.wait_for_selector("html.gw-large")
        for name in ("guide", "list", "form", "public"):
            tab.open(PAGES[name])
            tab.shoot(f"large-{name}")
            assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") == 20
            assert tab.faults() == [], name


class TestBehaviour:
    def test_query_changes_the_list_and_the_address(self, tab_for, officer):
        tab = tab_for(officer)
        page = tab.open("/kit/units/")
        page.fill("#filter-q", "测试街道1")
        page.click("text=查询")
        page.wait_for_selector(".gw-chip")
        assert page.inner_text(".gw-list-count") == "共 3 条"
        assert page.url.endswith("?q=%E6%B5%8B%E8%AF%95%E8%A1%97%E9%81%931"), "empty conditions are left out"
        page.go_back()
        page.wait_for_selector("text=共 21 条")
        assert page.is_visible(".gw-filter")

    def test_pages_forward_and_back(self, tab_for, officer):
        page = tab_for(officer).open("/kit/units/")
        first = page.inner_text("tbody tr:first-child .gw-card-title")
        page.click("text=下一页")
        page.wait_for_selector("a:has-text('上一页')")
        assert page.inner_text("tbody tr:first-child .gw-card-title") != first
        page.click("a:has-text('上一页')")
        page.wait_for_selector("span:has-text('上一页')")
        assert page.inner_text("tbody tr:first-child .gw-card-title") == first

    def test_bulk_is_asked_first_and_done_for_the_chosen(self, tab_for, officer):
        page = tab_for(officer).open("/kit/units/?q=测试")
        assert page.is_disabled("button:has-text('标注')")
        page.click("[data-gw-select-all]")
        assert page.inner_text("[data-gw-selected]") == "已选 5 项"
        page.click("tbody tr:first-child input")
        assert page.inner_text("[data-gw-selected]") == "已选 4 项"
        page.click("button:has-text('标注')")
        assert page.inner_text("#gw-confirm-text") == "确定标注所选的单位吗？"
        page.click("#gw-confirm >> text=取消")
        assert not page.is_visible("#gw-confirm")
        page.dblclick("button:has-text('标注')")
        assert page.is_visible("#gw-confirm")  # the second click does not close it unseen
        page.click("#gw-confirm >> text=取消")
        page.click("button:has-text('标注')")
        page.click("#gw-confirm-yes")
        page.wait_for_selector("text=已对 4 条完成“标注”。")
        assert page.locator(".gw-card-title:has-text('★')").count() == 4

    def test_a_form_is_sent_once(self, tab_for, officer):
        tab = tab_for(officer)
        page = tab.open("/kit/units/new")
        posts = []
        page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
        page.route("**/kit/units/new", lambda route: (page.wait_for_timeout(300), route.continue_()))
        page.fill("#id_name", "只建一次")
        page.evaluate("() => { const b = document.querySelector('.gw-form button'); b.click(); b.click(); b.click(); }")
        page.wait_for_url("**/kit/units/")
        assert len(posts) == 1
        from grid.models import Unit

        assert Unit.objects.filter(name="只建一次").count() == 1

    def test_form_in_a_dialog(self, tab_for, officer, tree):
        tab = tab_for(officer)
        page = tab.open(f"/kit/units/{tree.grid.pk}/")
        page.click("main >> text=修改")
        page.wait_for_selector("#gw-dialog[open]")
        page.fill("#id_name", "占用")
        page.click("#gw-dialog >> text=保存")
        page.wait_for_selector("#gw-dialog >> text=请更正以下内容")
        assert tab.violations() == []
        tab.shoot("dialog-form")
        page.fill("#id_name", "改过的网格")
        page.click("#gw-dialog >> text=保存")
        page.wait_for_url("**/kit/units/")
        tree.grid.refresh_from_db()
        assert tree.grid.name == "改过的网格"

    def test_reveal_replaces_the_mask(self, tab_for, officer):
        page = tab_for(officer).open("/kit/guide/")
        page.click("summary:has-text('查看'):has(svg)")
        page.fill("[name=reason]", "电话回访")
        page.click("text=确认查看")
        page.wait_for_selector("text=13800001234（电话回访）")

    def test_error_of_a_part_shows_as_a_message(self, tab_for, officer):
        page = tab_for(officer).open("/kit/guide/")
        page.evaluate("htmx.ajax('GET', '/kit/fail/conflict/', '#gw-status')")
        page.wait_for_selector("#gw-messages >> text=工单已被别人签收，请刷新页面。")

    def test_too_large_a_file_is_told_before_it_is_sent(self, tab_for, officer, settings, tmp_path):
        settings.UPLOAD_LIMIT_BYTES = 2 * 1024 * 1024
        large = tmp_path / "照片.jpg"
        large.write_bytes(b"x" * (3 * 1024 * 1024))
        page = tab_for(officer).open("/kit/guide/")
        posts = []
        page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
        page.evaluate(
            "() => document.querySelector('form.gw-form').insertAdjacentHTML('beforeend', '<input type=file name=f>')"
        )
        page.set_input_files("[name=f]", str(large))
        page.click("form.gw-form >> text=提交")
        page.wait_for_selector("text=一次上传不能超过 2 MB")
        assert posts == []

    def test_charts_are_drawn_with_their_tables_beside(self, tab_for, officer):
        page = tab_for(officer).open("/kit/guide/")
        page.wait_for_selector("[data-gw-chart=bars-option] svg path", state="attached")
        assert page.locator(".gw-chart-canvas svg").count() == 3
        page.click("[data-gw-chart=bars-option] summary")
        assert page.is_visible("[data-gw-chart=bars-option] th:has-text('大石人')")

    def test_heavy_scripts_come_only_where_needed(self, tab_for, officer):
        tab = tab_for(officer)
        loaded = []
        tab.page.on("request", lambda request: loaded.append(request.url))
        tab.open("/kit/units/")
        assert not any("echarts" in url or "tom-select" in url for url in loaded)
        assert all(url.startswith(tab.base) for url in loaded), "no external request"

    def test_column_choice_by_mouse(self, tab_for, officer):
        page = tab_for(officer).open("/kit/units/")
        page.click("summary:has-text('列')")
        page.uncheck("input[name=column][value=code]")
        page.click("text=应用")
        page.wait_for_selector("th:has-text('代码')", state="detached")
        assert page.is_visible("th:has-text('户数')")

    def test_paper_shows_the_list_and_nothing_else(self, tab_for, officer):
        tab = tab_for(officer)
        page = tab.open("/kit/units/")
        page.emulate_media(media="print")
        for hidden in (".gw-top", "#gw-menu", ".gw-filter", ".gw-check", "summary:has-text('导出')"):
            assert not page.is_visible(hidden), hidden
        assert page.is_visible("table")
        tab.shoot("print")
