"""Pages and files of the forecast and the funds as people see them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import openpyxl
import pytest
import time_machine
from django.core.files.storage import default_storage
from django.urls import reverse

from common import jobs
from common.models import Job
from staff.models import Forecast, FundAccount, FundEntry, InsuranceBase
from staff.services.forecast import forecast_ask, forecast_keep, reckon
from staff.services.funds import account_of
from tests.contracts.world import changed_since, contents
from tests.factories.funds import Money, receipt
from tests.factories.staff import make_worker

pytestmark = pytest.mark.django_db
DECEMBER = date(2026, 12, 1)


@pytest.fixture(autouse=True)
def _in_november() -> Any:
    with time_machine.travel("2026-11-16T09:00:00+08:00", tick=False):
        yield


def text(answer: Any) -> str:
    return answer.content.decode().replace("\n", " ")


def sheet(client: Any, url: str, data: dict[str, Any] | None = None) -> list[list[Any]]:
    """The rows of the file that a button starts."""
    answer = client.post(url, data or {})
    assert answer.status_code == 302, text(answer)[:300]
    job = Job.objects.latest("pk")
    jobs.execute(jobs.claim(job.pk))
    job.refresh_from_db()
    assert job.status == "done", job.message
    with default_storage.open(job.result_file) as file:
        return [list(row) for row in openpyxl.load_workbook(file).active.iter_rows(values_only=True)]


class TestForecast:
    @pytest.fixture
    def people(self, bureau: Any) -> Any:
        for unit, grade in ((bureau.tree.community, 10), (bureau.tree.other_community, 4)):
            worker = make_worker(unit, grade=grade)
            InsuranceBase.objects.create(worker=worker, valid_from=date(2026, 1, 1), amount=5000)
        return bureau

    def ask(self, client: Any, name: str, data: dict[str, Any]) -> Forecast:
        answer = client.post(reverse(f"staff:{name}"), data)
        assert answer.status_code == 302, text(answer)[:2000]
        jobs.execute(jobs.claim(Job.objects.latest("pk").pk))
        return Forecast.objects.latest("pk")

    def values(self, bureau: Any, **values: Any) -> dict[str, Any]:
        return {
            "unit": bureau.tree.district.pk, "first_month": "2026-12", "months": "12", "renewals": "on", "scheme": "",
            "since": "", **values,
        }  # fmt: skip

    def typed(self, bureau: Any, client: Any, **values: Any) -> dict[str, Any]:
        """The table as the page shows it, with some figures changed."""
        form = client.get(reverse("staff:forecast-table")).context["form"]
        shown = {field.html_name: field.value() for field in form if field.name not in ("unit", "renewals", "since")}
        return {**shown, **self.values(bureau), **values}

    def test_a_table_of_coefficients_costs_each_street_its_difference(self, people, client_for):
        client = client_for(people.preparer)
        made = self.ask(
            client, "forecast-table", self.typed(people, client, base="3600", coefficient_10="1.339", months="12")
        )
        assert made.new_label == "等级表有改动"
        # 3,600 × 0.03 more a month for the one of grade 10; contributions stay on the base that is known
        assert made.difference == Decimal(108 * 12)
        page = client.get(made.get_absolute_url())
        streets = {line["label"]: line["difference"] for line in page.context["streets"]}
        assert streets == {people.tree.street.name: Decimal(1296), people.tree.other_street.name: Decimal(0)}
        assert "1,296.00" in text(page)

    def test_a_saved_scheme_begins_on_its_day(self, people, client_for):
        from common import policies
        from common.models import Policy

        data = {**Policy.objects.get(key="pay_scheme").data, "base": "3900", "label": "三岗十八级（2027）"}
        version = Policy.objects.create(key="pay_scheme", valid_from=date(2027, 7, 1), data=data)
        policies.forget()
        made = self.ask(
            client_for(people.preparer), "forecast-new", self.values(people, scheme=f"version:{version.pk}")
        )
        assert (made.since, made.new_label) == (date(2027, 7, 1), "三岗十八级（2027）")
        assert made.difference == Decimal("1963.50") + Decimal("1631.30")  # five months of 392.70 + 326.26

    def test_a_table_with_a_fault_is_shown_again(self, people, client_for):
        client = client_for(people.preparer)
        before = contents()
        answer = client.post(reverse("staff:forecast-table"), self.typed(people, client, coefficient_10="1.2"))
        assert answer.status_code == 400
        assert "10 级的系数应高于 9 级" in text(answer)
        assert changed_since(before) <= {"common_job"}
        assert not Forecast.objects.exists()

    def test_the_file_has_every_street_month_by_month_or_year_by_year(self, people, client_for):
        made = self.ask(client_for(people.preparer), "forecast-new", self.values(people, scheme="sample:jilin"))
        client = client_for(people.chief)
        monthly = sheet(client, reverse("staff:forecast-sheet", args=[made.pk, "month"]))
        head = next(place for place, row in enumerate(monthly) if "镇街" in row)
        assert [cell for cell in monthly[head] if cell] == [
            "镇街", "月份", "人数", "工资", "年终", "单位社保", "单位公积金", "合计", "新方案合计", "差额",
        ]  # fmt: skip
        first = monthly[head + 1]
        assert first[:4] == [people.tree.street.name, "2026-12", 1, 4712.4]
        assert first[7:10] == [6367.4, 6367.4, 0]
        assert len([row for row in monthly if row[1] and str(row[1]).startswith("20")]) == 24
        yearly = sheet(client, reverse("staff:forecast-sheet", args=[made.pk, "year"]))
        assert [row[1] for row in yearly if row[0] == people.tree.street.name] == ["2026 年", "2027 年"]

    def test_until_it_is_done_the_page_says_so_and_there_is_no_file(self, people, client_for):
        asked = forecast_ask(
            actor=people.preparer, unit=people.tree.district, first_month=DECEMBER, request_key=uuid4()
        )
        client = client_for(people.chief)
        assert "还在测算" in text(client.get(asked.get_absolute_url()))
        answer = client.post(reverse("staff:forecast-sheet", args=[asked.pk, "month"]))
        assert (answer.status_code, Job.objects.count()) == (400, 0)
        forecast_keep(forecast=asked, actor=people.preparer, found=reckon(asked))
        assert "逐月经费" in text(client.get(asked.get_absolute_url()))

    def test_not_of_a_community(self, people, client_for):
        answer = client_for(people.preparer).post(
            reverse("staff:forecast-new"), self.values(people, unit=people.tree.community.pk)
        )
        assert answer.status_code == 400
        assert "请选择全区或一个镇街" in text(answer)


class TestFunds:
    def test_the_overview_adds_up_and_leads_on(self, money, client_for):
        money.approve(money.spend(50_000))
        money.spend(100, voucher="2")
        page = client_for(money.chief).get(reverse("staff:funds"))
        assert [(row["name"], str(row["line"].rate)) for row in page.context["lines"]] == [
            (f"{money.tree.district.name}（区级）", "0.00%"), (money.tree.street.name, "12.50%"),
            (money.tree.other_street.name, "0.00%"),
        ]  # fmt: skip
        own = client_for(money.worker).get(reverse("staff:funds"))
        assert [row["name"] for row in own.context["lines"]] == [money.tree.community.name]
        assert f"/staff/funds/units/{money.tree.community.pk}/" in text(own)

    def test_the_report_keeps_the_order_and_counts_nothing_twice(self, money, client_for):
        money.approve(money.spend(50_000))
        rows = sheet(client_for(money.chief), reverse("staff:fund-report"), {"year": "2026", "fund": ""})
        head = next(place for place, row in enumerate(rows) if "镇街" in row)
        shown = [[row[0], row[1], row[2], row[3], row[4]] for row in rows[head + 1 : head + 8]]
        tree = money.tree
        assert shown[:6] == [
            [tree.district.name, None, 100_000, 0, 100_000], [tree.street.name, None, 400_000, 50_000, 350_000],
            [None, tree.community.name, 200_000, 50_000, 150_000], [None, tree.sister_community.name, 200_000, 0, 200_000],
            [tree.other_street.name, None, 200_000, 0, 200_000], [None, tree.other_community.name, 200_000, 0, 200_000],
        ]  # fmt: skip

    def test_a_units_page_shows_what_can_be_done_there(self, money, client_for):
        account = money.account
        url = reverse("staff:fund-unit", args=[money.tree.community.pk])
        spend = reverse("staff:fund-spend", args=[account.pk])
        assert spend in text(client_for(money.worker).get(url))
        assert (
            client_for(money.worker).get(reverse("staff:fund-unit", args=[money.tree.other_community.pk])).status_code
            == 404
        )
        FundAccount.objects.filter(pk=account.pk).update(is_closed=True)
        assert spend not in text(client_for(money.worker).get(url))

    def test_an_entry_of_ones_own_offers_no_approval(self, money, client_for):
        entry = money.spend(100, actor=money.street)
        page = text(client_for(money.street).get(entry.get_absolute_url()))
        assert "审批通过" not in page
        assert "撤回" in page
        answer = client_for(money.street).post(reverse("staff:fund-act", args=[entry.pk, "approve"]))
        assert (answer.status_code, FundEntry.objects.get(pk=entry.pk).state) == (403, "proposed")

    def test_the_year_is_closed_after_a_look(self, money, client_for):
        account = account_of(money.tree.community, "community", "社区专项经费", 2025)
        FundAccount.objects.filter(pk=account.pk).update(received=200_000, spent=170_000, balance=30_000)
        client, url = client_for(money.chief), reverse("staff:fund-close")
        page = client.get(url, {"fund": "community", "year": "2025"})
        assert [(line.carried, line.returned) for line in page.context["lines"]] == [(30_000, 0)]
        assert "可结转比例 100%" in text(page)
        assert client.post(url, {"fund": "community", "year": "2025"}).status_code == 302
        assert FundAccount.objects.get(unit=money.tree.community, year=2026).balance == 30_000
        assert client.get(url, {"fund": "community", "year": "1999"}).status_code == 400
        assert client_for(money.street).get(url).status_code == 403

    def test_a_file_of_another_kind_is_told_at_its_field(self, money, client_for):
        account = money.account
        data = {
            "amount": "100", "day": "2026-11-16", "payee": "便民维修部", "use": "便民服务", "voucher": "1",
            "files": receipt("凭证.docx"),
        }  # fmt: skip
        answer = client_for(money.worker).post(reverse("staff:fund-spend", args=[account.pk]), data)
        assert answer.status_code == 400
        assert "凭证可以上传照片（JPG、PNG）或 PDF" in text(answer)
        assert not FundEntry.objects.filter(kind="spending").exists()

    def test_the_api_reads_what_the_caller_sees(self, money, api_for: Any):
        money.approve(money.spend(50_000))
        found = api_for(money.worker).get("/api/v1/fund-accounts/").json()["results"]
        assert [(row["unit"]["name"], row["spent"], row["rate"]) for row in found] == [
            (money.tree.community.name, "50000.00", "25.00%")
        ]
        entries = api_for(money.worker).get("/api/v1/fund-entries/", {"kind": "spending"}).json()["results"]
        assert [(row["payee"], row["state"]) for row in entries] == [("便民维修部", "approved")]


def test_whoever_only_sees_the_roster_sees_no_funds(money: Money, client_for: Any, staff: Any) -> None:
    assert money.account
    for role in ("grid_worker", "payroll_officer", "department_handler"):
        assert client_for(staff[role]).get(reverse("staff:funds")).status_code == 403
        assert not FundAccount.objects.visible_to(staff[role])
