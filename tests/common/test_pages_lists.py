"""The generic list: scope, search, filters, order, pages, columns, saved filters, bulk, export."""

from __future__ import annotations

import html
import re
from types import SimpleNamespace

import pytest
from django.http import QueryDict
from django.utils import timezone

from common.errors import Invalid
from common.models import Job, SavedFilter
from common.pages import exporting, keyset
from common.pages.keyset import Ordering, paginate
from grid.models import Unit
from tests.common import pages_site
from tests.common.pages_fixtures import site  # noqa: F401
from tests.factories.accounts import make_user
from tests.factories.grid import make_unit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]

LIST = "/kit/units/"


@pytest.fixture
def officer(staff):
    return staff["district_officer"]


@pytest.fixture
def desk(officer, client_for):
    return client_for(officer)


@pytest.fixture
def streets(tree):
    return [
        make_unit(f"新街道{number:02d}", parent=tree.district, households=number // 3 * 100) for number in range(14)
    ]


def names(answer) -> list[str]:
    return [
        html.unescape(name) for name in re.findall(r'gw-card-title"[^>]*><a[^>]*>([^<]*)</a>', answer.content.decode())
    ]


def link(answer, words: str) -> str:
    found = re.search(rf'<a class="btn" href="([^"]*)"[^>]*>(?:<svg.*?</svg>)?{words}', answer.content.decode())
    assert found, f"no link {words}"
    return html.unescape(found[1])


class TestScope:
    def test_only_rows_of_the_scope_are_listed(self, staff, tree, client_for):
        worker = client_for(staff["community_worker"])
        assert set(names(worker.get(LIST))) == {tree.community.name, tree.grid.name, tree.group.name}

    def test_whoever_lacks_the_permission_gets_403_with_the_reason(self, staff, client_for):
        answer = client_for(staff["audit_admin"]).get(LIST)
        assert answer.status_code == 403
        assert "您的岗位没有“" in answer.content.decode()

    def test_visitor_is_sent_to_sign_in(self, client):
        answer = client.get(f"{LIST}?q=x")
        assert answer.status_code == 302
        assert "next=/kit/units/%3Fq%3Dx" in answer["Location"]

    def test_htmx_visitor_is_sent_there_as_a_whole_page(self, client):
        answer = client.get(LIST, headers={"HX-Request": "true"})
        assert answer.status_code == 204
        assert answer["HX-Redirect"]

    def test_detail_outside_the_scope_is_404_inside_200(self, staff, tree, client_for):
        worker = client_for(staff["community_worker"])
        assert worker.get(f"/kit/units/{tree.grid.pk}/").status_code == 200
        assert worker.get(f"/kit/units/{tree.other_grid.pk}/").status_code == 404

    def test_detail_inside_without_the_objects_permission_is_403(self, staff, tree, client_for):
        answer = client_for(staff["community_worker"]).get(f"/kit/units/{tree.grid.pk}/managed")
        assert answer.status_code == 403
        assert tree.grid.name in answer.content.decode()

    @pytest.mark.parametrize("key", ["0", "99999999999999999999999999"])
    def test_absurd_keys_are_404(self, desk, key):
        assert desk.get(f"/kit/units/{key}/").status_code == 404

    def test_no_copy_stays_in_the_browser(self, desk):
        assert "no-store" in desk.get(LIST)["Cache-Control"]


class TestQuerying:
    def test_search(self, desk, streets):
        assert names(desk.get(LIST, {"q": "街道03"})) == ["新街道03"]

    def test_search_of_the_wrong_kind_finds_nothing_and_says_what_to_do(self, desk):
        text = desk.get(LIST, {"q": "没有这样的"}).content.decode()
        assert "没有符合条件的内容" in text
        assert "清空条件" in text

    def test_filter_and_its_chip(self, desk, streets, tree):
        answer = desk.get(LIST, {"level": "4"})
        assert set(names(answer)) == {tree.grid.name, tree.other_grid.name}
        assert "层级：网格" in answer.content.decode()

    def test_senseless_filter_shows_why_and_no_rows(self, desk):
        answer = desk.get(LIST, {"level": "99", "households": "abc"})
        assert names(answer) == []
        assert answer.content.decode().count("invalid-feedback") >= 2

    def test_htmx_gets_only_the_list(self, desk):
        answer = desk.get(LIST, headers={"HX-Request": "true", "HX-Target": "gw-list"})
        text = answer.content.decode()
        assert text.lstrip().startswith('<div id="gw-list"')
        assert "<html" not in text
        assert "HX-Target" in answer["Vary"]

    def test_history_restore_gets_the_page(self, desk):
        headers = {"HX-Request": "true", "HX-Target": "gw-list", "HX-History-Restore-Request": "true"}
        assert "<html" in desk.get(LIST, headers=headers).content.decode()

    def test_unknown_order_falls_back_to_the_first(self, desk, streets):
        assert names(desk.get(LIST, {"sort": "nonsense"})) == names(desk.get(LIST))

    def test_head_of_the_sorted_column_says_so(self, desk, streets):
        text = desk.get(LIST, {"sort": "households"}).content.decode()
        assert re.search(r'<th scope="col"[^>]*aria-sort="descending"><a href="\?sort=-households"', text)

    def test_empty_list_says_what_to_do_first(self, desk):
        text = desk.get("/kit/empty/").content.decode()
        assert "先导入区划代码" in text
        assert 'href="/kit/units/new"' in text

    def test_first_step_is_not_offered_to_those_who_may_not(self, staff, client_for):
        text = client_for(staff["community_worker"]).get("/kit/empty/").content.decode()
        assert "先导入区划代码" in text
        assert 'href="/kit/units/new"' not in text


class TestPages:
    def test_all_rows_once_in_order_forward_and_back(self, desk, streets):
        expected = list(Unit.objects.order_by("-households", "-pk").values_list("name", flat=True))
        answer, seen, pages = desk.get(LIST, {"sort": "households"}), [], []
        while True:
            pages.append(names(answer))
            seen += pages[-1]
            if len(seen) >= len(expected):
                break
            answer = desk.get(LIST + link(answer, "下一页"))
        assert seen == expected
        assert "下一页" in answer.content.decode()
        for page in reversed(pages[:-1]):
            answer = desk.get(LIST + link(answer, "上一页"))
            assert names(answer) == page
        assert 'rel="prev"' not in answer.content.decode(), "the first page has no way back"

    def test_position_keeps_filter_and_order(self, desk, streets):
        answer = desk.get(LIST, {"q": "新街道", "sort": "-households"})
        following = link(answer, "下一页")
        assert "sort=-households" in following
        assert "q=%E6%96%B0%E8%A1%97%E9%81%93" in following

    @pytest.mark.parametrize(
        "position", ["x", "W10", "bnVsbA", "WyJcdTAwMDAiLDFd", "WzEsMl0", "[]", "8J+YgA", "WyJhIiwiYiJd"]
    )
    @pytest.mark.parametrize("direction", ["after", "before"])
    def test_mangled_position_is_refused_in_words(self, desk, direction, position):
        answer = desk.get(LIST, {direction: position, "sort": "households"})
        assert answer.status_code in {200, 400}
        if answer.status_code == 400:
            assert keyset.STALE in answer.content.decode()

    def test_null_values_are_passed_in_both_directions(self, officer):
        now = timezone.now()
        for number in range(7):
            finished = now if number % 2 else None
            Job.objects.create(kind="t", label=f"{number}", actor=officer, run_after=now, finished_at=finished)
        for descending in (False, True):
            ordering = Ordering("finished", "完成", "finished_at", descending)
            sign = "-" if descending else ""
            expected = list(Job.objects.order_by(f"{sign}finished_at", f"{sign}pk"))
            first = paginate(Job.objects.all(), ordering, {}, 3)
            second = paginate(Job.objects.all(), ordering, {"after": first.after}, 3)
            third = paginate(Job.objects.all(), ordering, {"after": second.after}, 3)
            assert [*first.rows, *second.rows, *third.rows] == expected
            assert third.after == ""
            assert paginate(Job.objects.all(), ordering, {"before": third.before}, 3).rows == second.rows
            assert paginate(Job.objects.all(), ordering, {"before": second.before}, 3).rows == first.rows

    def test_order_by_a_related_column(self, streets):
        ordering = Ordering("parent", "上级", "parent__path")
        expected = list(Unit.objects.exclude(parent=None).order_by("parent__path", "pk"))
        first = paginate(Unit.objects.exclude(parent=None), ordering, {}, 4)
        second = paginate(Unit.objects.exclude(parent=None), ordering, {"after": first.after}, 100)
        assert [*first.rows, *second.rows] == expected

    def test_counting_stops_at_the_cap(self, monkeypatch, streets, django_assert_num_queries):
        monkeypatch.setattr(keyset, "COUNT_CAP", 10)
        with django_assert_num_queries(2) as queries:
            page = paginate(Unit.objects.all(), Ordering("path", "顺序", "path"), {}, 5)
        assert page.count_text == "10 条以上"
        assert "LIMIT 11" in queries[1]["sql"]
        assert not any("OFFSET" in query["sql"] for query in queries)

    def test_a_short_list_is_not_counted_at_all(self, tree, django_assert_num_queries):
        with django_assert_num_queries(1):
            page = paginate(Unit.objects.all(), Ordering("path", "顺序", "path"), {}, 50)
        assert page.count == Unit.objects.count()

    def test_stale_position_raises(self, tree):
        with pytest.raises(Invalid):
            paginate(Unit.objects.all(), Ordering("path", "顺序", "path"), {"after": "!!"}, 5)

    def test_query_budget(self, desk, streets, django_assert_max_num_queries):
        with django_assert_max_num_queries(8):
            desk.get(LIST, {"q": "街道", "sort": "households"})


class TestColumns:
    def test_choice_lasts_for_the_session(self, desk, streets):
        assert '<th scope="col" >代码' in desk.get(LIST).content.decode()
        answer = desk.post(f"{LIST}?q=街道", {"do": "columns", "column": ["households", "pinyin", "made-up"]})
        assert answer["Location"].startswith(f"{LIST}?q=")
        text = desk.get(LIST).content.decode()
        assert "代码</th>" not in text
        assert "Pinyin</th>" in text
        assert names(desk.get(LIST)), "the first column cannot be switched off"

    def test_default_comes_back(self, desk, streets):
        desk.post(LIST, {"do": "columns", "column": ["households"]})
        desk.post(LIST, {"do": "columns", "reset": "1"})
        assert "代码</th>" in desk.get(LIST).content.decode()


class TestSavedFilters:
    def test_save_use_delete(self, desk, officer, streets):
        desk.post(f"{LIST}?level=2&q=&sort=-households&after=abc", {"do": "save-filter", "name": " 大街道 "})
        kept = SavedFilter.objects.get()
        assert (kept.owner, kept.name, kept.query) == (officer, "大街道", "level=2&sort=-households")
        assert 'href="?level=2&amp;sort=-households">大街道</a>' in desk.get(LIST).content.decode()
        desk.post(LIST, {"do": "delete-filter", "filter": kept.pk})
        assert not SavedFilter.objects.exists()

    def test_same_name_is_overwritten(self, desk):
        for level in (2, 3):
            desk.post(f"{LIST}?level={level}", {"do": "save-filter", "name": "常用"})
        assert SavedFilter.objects.get().query == "level=3"

    @pytest.mark.parametrize(
        ("query", "name"), [("?level=2", "  "), ("", "名字"), ("?level=2&q=" + "长" * 400, "太长")]
    )
    def test_refused_in_words(self, desk, query, name):
        assert desk.post(LIST + query, {"do": "save-filter", "name": name}).status_code == 400
        assert not SavedFilter.objects.exists()

    def test_another_persons_filter_cannot_be_seen_or_deleted(self, desk, tree, client_for):
        desk.post(f"{LIST}?level=2", {"do": "save-filter", "name": "我的"})
        other = client_for(make_user("district_officer", tree.district))
        assert "我的</a>" not in other.get(LIST).content.decode()
        assert other.post(LIST, {"do": "delete-filter", "filter": SavedFilter.objects.get().pk}).status_code == 404
        assert SavedFilter.objects.count() == 1


class TestBulk:
    def test_all_selected_are_done(self, desk, streets):
        chosen = [unit.pk for unit in streets[:3]]
        answer = desk.post(LIST, {"do": "bulk", "action": "mark", "selected": chosen}, follow=True)
        assert "已对 3 条完成“标注”。" in answer.content.decode()
        assert Unit.objects.filter(name__endswith="★").count() == 3

    def test_one_refused_undoes_all(self, desk, tree, streets):
        bad = make_unit("拒绝街道", parent=tree.district)
        answer = desk.post(LIST, {"do": "bulk", "action": "mark", "selected": [streets[0].pk, bad.pk]})
        assert answer.status_code == 403
        assert not Unit.objects.filter(name__endswith="★").exists()

    def test_a_row_outside_the_scope_stops_all(self, staff, tree, client_for):
        street = make_user("street_officer", tree.street)
        client = client_for(street)
        answer = client.post(LIST, {"do": "bulk", "action": "mark", "selected": [tree.grid.pk, tree.other_grid.pk]})
        assert answer.status_code == 403, "the role has no such permission at all"
        assert not Unit.objects.filter(name__endswith="★").exists()

    def test_a_row_that_is_gone_stops_all(self, desk, streets):
        answer = desk.post(LIST, {"do": "bulk", "action": "mark", "selected": [streets[0].pk, 999999]})
        assert answer.status_code == 409
        assert "有 1 条不在您可以“标注”的范围内" in answer.content.decode()
        assert not Unit.objects.filter(name__endswith="★").exists()

    @pytest.mark.parametrize(
        "data", [{}, {"action": "mark"}, {"action": "nonsense", "selected": "1"}, {"action": "mark", "selected": "x"}]
    )
    def test_nothing_chosen(self, desk, data):
        assert desk.post(LIST, {"do": "bulk", **data}).status_code == 400

    def test_more_input_on_a_page_between(self, desk, streets):
        data = {"do": "bulk", "action": "suffix", "selected": [streets[0].pk, streets[1].pk]}
        between = desk.post(LIST, data)
        assert "将对所选的 2 条执行“加后缀”" in between.content.decode()
        wrong = desk.post(LIST, {**data, "apply": "1", "suffix": "太长太长太长"})
        assert wrong.status_code == 200
        assert not Unit.objects.filter(name__endswith="新").exists()
        desk.post(LIST, {**data, "apply": "1", "suffix": "新"})
        assert Unit.objects.filter(name__endswith="新").count() == 2

    def test_unknown_form_of_the_list(self, desk):
        assert desk.post(LIST, {"do": "else"}).status_code == 400


class TestExport:
    def test_job_gets_exactly_what_is_shown(self, desk, officer, monkeypatch, streets):
        started = []

        def start_export(**arguments):
            started.append(arguments)
            return Job.objects.create(kind="t", label="导出", actor=officer, run_after=timezone.now())

        monkeypatch.setattr(exporting, "_starter", [start_export])
        desk.post(LIST, {"do": "columns", "column": ["households"]})
        answer = desk.post(f"{LIST}?q=新街道&sort=-households&after=zzz", {"do": "export", "format": "csv"})
        assert answer["Location"] == f"/jobs/{Job.objects.get().pk}/"
        assert started[0]["params"] == {
            "query": "q=%E6%96%B0%E8%A1%97%E9%81%93&sort=-households",
            "columns": ["name", "households"],
        }
        assert (started[0]["actor"], started[0]["file_format"]) == (officer, "csv")

    def test_rows_of_the_export_are_those_of_the_list(self, staff, streets, tree):
        rows = pages_site.UnitList.shown_to(staff["district_officer"], QueryDict("q=新街道&sort=-households"))
        assert [row.name for row in rows] == [unit.name for unit in streets]
        mine = pages_site.UnitList.shown_to(staff["community_worker"], QueryDict(""))
        assert {row.name for row in mine} == {tree.community.name, tree.grid.name, tree.group.name}

    def test_nobody_sees_nothing(self, tree):
        assert not pages_site.UnitList.shown_to(SimpleNamespace(is_active=False), QueryDict("")).exists()


class TestJobs:
    @pytest.fixture
    def job(self, officer):
        return Job.objects.create(
            kind="t", label="导出单位", actor=officer, run_after=timezone.now(), status="running",
            progress_done=30, progress_total=120, message="正在写出",
        )  # fmt: skip

    def test_running_job_is_asked_again(self, desk, job):
        text = desk.get(f"/jobs/{job.pk}/").content.decode()
        assert 'hx-trigger="every 1s"' in text
        assert '<progress value="25" max="100"' in text
        assert "正在写出" in text

    def test_finished_job_stays_and_is_not_asked_again(self, desk, job):
        job.status, job.message, job.result = "done", "共 12 行。", {"url": "/kit/units/"}
        job.save()
        text = desk.get(f"/jobs/{job.pk}/", headers={"HX-Request": "true", "HX-Target": "gw-job"}).content.decode()
        assert "hx-trigger" not in text
        assert "共 12 行。" in text
        assert 'href="/kit/units/"' in text
        assert "<html" not in text
        assert "导出单位" in desk.get("/jobs/").content.decode()

    @pytest.mark.parametrize(
        "url", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example", None]
    )
    def test_result_leads_nowhere_else(self, desk, job, url):
        job.status, job.result = "done", {"url": url}
        job.save()
        assert "查看结果" not in desk.get(f"/jobs/{job.pk}/").content.decode()

    def test_another_persons_job_and_file_are_404(self, job, tree, client_for):
        other = client_for(make_user("district_officer", tree.district))
        assert other.get(f"/jobs/{job.pk}/").status_code == 404
        assert other.get(f"/jobs/{job.pk}/file").status_code == 404
        assert "导出单位" not in other.get("/jobs/").content.decode()

    def test_file_comes_under_its_name(self, desk, job, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        (tmp_path / "exports").mkdir()
        (tmp_path / "exports/1-1.xlsx").write_bytes(b"PK")
        job.status, job.result_file, job.result_name = "done", "exports/1-1.xlsx", "江源区_单位_2026年9月.xlsx"
        job.save()
        answer = desk.get(f"/jobs/{job.pk}/file")
        assert b"".join(answer.streaming_content) == b"PK"
        assert "attachment" in answer["Content-Disposition"]
        assert "%E6%B1%9F%E6%BA%90%E5%8C%BA" in answer["Content-Disposition"]

    def test_lost_file_is_said_in_words(self, desk, job):
        job.status, job.result_file = "done", "exports/none.xlsx"
        job.save()
        answer = desk.get(f"/jobs/{job.pk}/file")
        assert answer.status_code == 404
        assert "已过保存期" in answer.content.decode()
