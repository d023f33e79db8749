"""Orders and what belongs to them follow a merged unit; a unit with any of it is not closed."""

from __future__ import annotations

import pytest

from common import events as history
from common.errors import Invalid
from grid.services import unit_close, unit_merge
from tests.factories.volunteers import make_menu_item, make_provider
from tests.volunteers.test_care import start as start_care
from volunteers.models import CareRecipient, MenuItem, Order, Provider, VisitDuty
from volunteers.services.order_reviews import order_review_public
from volunteers.services.providers import visit_duty_agree

pytestmark = pytest.mark.django_db


def test_what_is_under_way_follows_and_what_is_finished_stays(desk):
    officer, source, target = desk.user("district_officer"), desk.tree.community, desk.tree.sister_community
    Provider.objects.filter(pk=desk.firm.pk).update(visit_group="第1组")
    make_provider(target, name=desk.firm.name, visit_group="第2组")
    waiting, finished = desk.place(), order_review_public(order=desk.done(), stars=5)
    make_menu_item(source)
    elder = start_care(desk)
    visit_duty_agree(actor=officer, unit=source, group="第1组")
    visit_duty_agree(actor=officer, unit=target, group="第2组")
    unit_merge(unit=source, target=target, actor=officer)
    assert Order.objects.get(pk=waiting.pk).unit == target
    assert Order.objects.get(pk=finished.pk).unit == source
    firm = Provider.objects.get(pk=desk.firm.pk)
    assert (firm.unit, firm.name) == (target, "安居物业（原江湾社区）")
    assert MenuItem.objects.get().unit == target
    assert CareRecipient.objects.get(pk=elder.pk).unit == target
    assert list(VisitDuty.objects.active().values_list("unit__name", "group")) == [("和平社区", "第2组")]
    assert [fault for fault in history.verify() if "provider" not in fault.object_type] == []


def test_a_unit_with_orders_is_not_closed(desk):
    officer = desk.user("district_officer")
    desk.place(unit=desk.tree.other_grid)
    with pytest.raises(Invalid, match="1 件未办结的服务订单"):
        unit_close(unit=desk.tree.other_grid, actor=officer)
    desk.tree.other_grid.refresh_from_db()
    assert desk.tree.other_grid.is_active
