"""Events of volunteer service: timeline and audit list read this table."""

from collections.abc import Mapping
from typing import Any

from common.events import Text, register


def _noted(text: str) -> Text:
    """The text, and the note behind it when there is one."""

    def describe(data: Mapping[str, Any]) -> str:
        note = data.get("note")
        return text.format_map({**data}) + (f"。{note}" if note else "")

    return describe


# --- people (no name, phone or identity number stands in an event: erasure leaves nothing behind)
SIGNED_UP = register("volunteer.signed_up", "注册", "{how}，{unit}，{group}", icon="user-check")
GUARDIAN_AGREED = register("volunteer.guardian_agreed", "监护人同意", "{how}", icon="heart-handshake")
VOLUNTEER_CHANGED = register("volunteer.changed", "修改资料", "{by}：{fields}", icon="edit")
CONSENT_CHANGED = register("volunteer.consent", "公开展示", "{by}{what}公开展示", icon="eye")
CODE_ISSUED = register("volunteer.code", "重发登录码", "身份核实：{how}", audit=True, icon="key")
PERSON_REVEALED = register("volunteer.revealed", "查看个人信息", "查看{field}，理由：{reason}", audit=True, icon="eye")
INSURED = register("volunteer.insured", "登记保险", "有效期至 {until}，{what}", icon="shield-check")
ACCOUNT_LINKED = register("volunteer.linked", "关联工作账号", "{account}", audit=True, icon="link")
MOVED_TO_UNIT = register("volunteer.moved", "转移单位", "由“{old}”转到“{new}”", icon="transfer")
VOLUNTEER_LEFT = register("volunteer.left", "退出", "{reason}", icon="logout")
REJOINED = register("volunteer.rejoined", "恢复在册", icon="user-check")
ERASURE_ASKED = register("volunteer.erasure_asked", "申请注销", "本人在个人主页申请", icon="circle-x")
ERASURE_DROPPED = register("volunteer.erasure_dropped", "撤回注销申请", "{by}", icon="user-check")
ERASED = register(
    "volunteer.erased", "注销", "个人信息已清除；剩余积分 {points} 分{remainder}", audit=True, icon="circle-x"
)
VOLUNTEER_IMPORTED = register("volunteer.imported", "批量导入", "第 {row} 行", icon="file-import")
IMPORT_UNDONE = register("volunteer.import_undone", "撤销导入", "个人信息已清除", icon="ban")
DROPPED_OUT = register("participation.dropped", "取消报名", "志愿者{why}", icon="ban")
TEAM_CREATED = register("team.created", "成立队伍", "在“{unit}”成立“{name}”", icon="plus")
TEAM_CHANGED = register("team.changed", "修改队伍资料", "{summary}", icon="edit")
TEAM_LED = register("team.led", "确定队长", "{leader}", icon="user-check")
TEAM_JOINED = register("team.joined", "加入队伍", "{number} 加入", icon="user-check")
TEAM_MEMBER_LEFT = register("team.member_left", "离开队伍", "{number} 离开", icon="logout")
TEAM_CLOSED = register("team.closed", "撤销队伍", "“{name}”", icon="ban")
# --- activities and records
ACTIVITY_CREATED = register("activity.created", "筹备活动", "{title}", icon="calendar-plus")
ACTIVITY_CHANGED = register("activity.changed", "修改活动", "{summary}", icon="edit")
ACTIVITY_PUBLISHED = register("activity.published", "发布活动", icon="speakerphone")
ACTIVITY_ENDED = register("activity.ended", "活动结束", "{how}", icon="flag")
ACTIVITY_CONFIRMED = register(
    "activity.confirmed", "确认时长", "{people} 人，共 {hours} 小时；未到 {absent} 人", icon="clock-check"
)
ACTIVITY_CANCELLED = register("activity.cancelled", "取消活动", "{reason}", icon="ban")
JOINED = register("participation.joined", "报名", "{state}，{by}", icon="plus")
MOVED_UP = register("participation.moved_up", "候补转正", icon="arrow-up")
LEFT_ACTIVITY = register("participation.left", "退出报名", "{by}", icon="logout")
SIGNED_IN = register("participation.signed_in", "签到", "{how}{late}", icon="check")
SIGNED_OUT = register("participation.signed_out", "签退", "{how}", icon="check")
ABSENT = register("participation.absent", "记为未到", icon="x")
ATTENDANCE_CORRECTED = register(
    "participation.corrected", "补签、更正", "{summary}；理由：{reason}", audit=True, icon="edit"
)
HOURS_CONFIRMED = register("participation.confirmed", "确认时长", "{hours} 小时{reason}", icon="clock-check")
HOURS_CORRECTED = register(
    "participation.hours_corrected", "更正时长", "{old} 小时改为 {new} 小时；理由：{reason}", audit=True, icon="edit"
)
OBJECTED = register("participation.objected", "对时长提出异议", "{text}", icon="hand-stop")
OBJECTION_ANSWERED = register("participation.objection_answered", "答复异议", "{text}", icon="message")
RECORDED = register("service_record.confirmed", "确认服务时长", "{what}，{day}，{hours} 小时", icon="clock-check")
RECORD_VOIDED = register("service_record.voided", "作废服务记录", "{reason}", audit=True, icon="ban")
RECORD_OBJECTED = register("service_record.objected", "对时长提出异议", "{text}", icon="hand-stop")
RECORD_OBJECTION_ANSWERED = register("service_record.objection_answered", "答复异议", "{text}", icon="message")
# --- orders, providers, care
ORDERED = register("order.placed", "下单", "{kind}：{unit}", public=True, icon="plus")
ORDER_PUBLISHED = register("order.published", "派单", _noted("{to}接单，接单时限 {due}"), public=True, icon="send")
ORDER_ASSIGNED = register(
    "order.assigned", "指定承接", _noted("由{by}承接，完成时限 {due}"), public=True, icon="user-check"
)
ORDER_REFUSED = register("order.refused", "不予受理", "{reason}：{note}", public=True, icon="ban")
ORDER_CLAIMED = register("order.claimed", "接单", "{by}接单，完成时限 {due}", public=True, icon="hand-stop")
ORDER_GIVEN_BACK = register("order.given_back", "退单", "{by}退单：{note}", icon="arrow-back-up")
ORDER_TAKEN_BACK = register("order.taken_back", "收回", "从{by}收回：{note}", icon="arrow-back-up")
ORDER_REASSIGNED = register("order.reassigned", "改派", _noted("由{old}改为{by}承接，完成时限 {due}"), icon="transfer")
ORDER_DONE = register("order.done", "服务完成", "{by}，{day}，{hours} 小时：{result}", public=True, icon="circle-check")
ORDER_RETURNED = register("order.returned", "退回重做", "{note}", icon="refresh")
ORDER_CONFIRMED = register("order.confirmed", "确认时长", "{by}，{hours} 小时", icon="clock-check")
ORDER_REVIEWED = register("order.reviewed", "评价", _noted("{who}评 {stars} 星"), public=True, icon="star")
ORDER_WITHDRAWN = register("order.withdrawn", "撤回", "{note}", public=True, icon="x")
ORDER_RAISED = register("order.raised", "提交街道", "{note}", icon="arrow-up")
ORDER_LATE = register("order.late", "超时提醒", "{what}", icon="alarm")
ORDER_FOLLOWED = register("order.followed", "随单位调整", "{summary}", icon="transfer")
ORDER_REVEALED = register("order.revealed", "查看下单人信息", "{by}查看{field}，理由：{reason}", audit=True, icon="eye")
PROVIDER_CREATED = register("provider.created", "登记服务单位", "{name}", icon="plus")
PROVIDER_CHANGED = register("provider.changed", "修改服务单位", "{summary}", icon="pencil")
PROVIDER_OPERATORS = register("provider.operators", "调整操作账号", "{operators}", audit=True, icon="users")
MENU_ADDED = register("menu_item.added", "列入清单", "{list}：{title}", icon="list")
MENU_CHANGED = register("menu_item.changed", "修改清单项目", "{summary}", icon="pencil")
CARE_STARTED = register("care.started", "购买照料时长", "{hours} 小时，{first} 至 {last}", icon="heart")
CARE_ADDED = register("care.added", "追加照料时长", _noted("追加 {hours} 小时，剩余 {left} 小时"), icon="plus")
CARE_USED = register(
    "care.used", "照料服务", "订单 {order}，{day} 用去 {hours} 小时，剩余 {left} 小时", icon="clock-check"
)
CARE_RETURNED = register(
    "care.returned", "退回时长", "订单 {order} 退回 {hours} 小时，剩余 {left} 小时", icon="refresh"
)
CARE_CHANGED = register("care.changed", "修改照料对象", "{summary}", icon="pencil")
CARE_ENDED = register("care.ended", "停止照料", "{note}", icon="ban")
CARE_REVEALED = register("care.revealed", "查看照料对象信息", "查看{field}，理由：{reason}", audit=True, icon="eye")
VISIT_AGREED = register("visit_duty.agreed", "建立包联", "{group}包联{unit}", icon="link")
VISIT_CHANGED = register("visit_duty.changed", "调整包联", "{summary}", icon="pencil")
# --- points
POINTS_PROPOSED = register("points_request.proposed", "提出积分调整", "{amount} 分：{reason}", audit=True, icon="coin")
POINTS_APPROVED = register(
    "points_request.approved", "积分调整复核通过", "{amount} 分{note}", audit=True, icon="circle-check"
)
POINTS_DENIED = register("points_request.denied", "积分调整未通过", "{note}", audit=True, icon="ban")
POINTS_WITHDRAWN = register("points_request.withdrawn", "撤回积分调整", "{note}", icon="arrow-back-up")
# --- shop
SHOP_CREATED = register("shop.created", "开设积分超市", "{name}", icon="building-store")
SHOP_CHANGED = register("shop.changed", "修改积分超市", "{changes}", icon="pencil")
SHOP_CLOSED = register("shop.closed", "停止营业", "{reason}", icon="ban")
SHOP_REOPENED = register("shop.reopened", "恢复营业", icon="refresh")
PRODUCT_CREATED = register("product.created", "上架商品", "{name}，{points} 分，结算价 {value} 元", icon="basket")
PRODUCT_CHANGED = register("product.changed", "修改商品", "{changes}", icon="pencil")
PRODUCT_PRICED = register(
    "product.priced", "调整价格", "积分 {points_before} → {points}，结算价 {value_before} → {value} 元", audit=True,
    icon="coin",
)  # fmt: skip
STOCK_MOVED = register("product.stock_moved", "库存变动", "{reason} {change}，现有 {stock}", icon="basket")
REDEEMED = register("redemption.reserved", "兑换", "{product} × {quantity}，{points} 分", icon="gift")
COLLECTED = register("redemption.collected", "领取", "凭领取码在{shop}领取", icon="circle-check")
REDEMPTION_CANCELLED = register("redemption.cancelled", "取消兑换", "{by}：{reason}，退回 {points} 分", icon="ban")
ACCOUNT_NUMBER_CLEARED = register("redemption.account_cleared", "清除户号", "志愿者已注销", icon="circle-x")
REDEMPTION_LAPSED = register("redemption.lapsed", "逾期未领", "退回 {points} 分", icon="clock-pause")
RETURNED = register(
    "redemption.returned", "退货", "{reason}，{goods}，退回 {points} 分", audit=True, icon="arrow-back-up"
)
REDEMPTION_SETTLED = register("redemption.settled", "结算", "计入 {month} 结算单", icon="report-money")
SETTLED = register(
    "settlement.made", "确认结算", "{month} 共 {lines} 笔，{points} 分，{value} 元", audit=True, icon="report-money"
)
# --- honours and certificates
NOMINATED = register("nomination.nominated", "推荐", "{honour}（{year} 年）", icon="award")
RECOMMENDED = register("nomination.recommended", "街道审核通过", "{note}", icon="shield-check")
AWARDED = register("nomination.awarded", "授予荣誉", "{honour}（{year} 年）。{note}", audit=True, icon="medal")
NOMINATION_DENIED = register("nomination.denied", "未通过", "{note}", icon="circle-x")
CERTIFIED = register(
    "certificate.issued", "出具证明", "{first} 至 {last}，{hours} 小时", audit=True, icon="certificate"
)
CERTIFICATE_REVOKED = register("certificate.revoked", "撤销证明", "{reason}", audit=True, icon="ban")
CERTIFICATE_WITHDRAWN = register(
    "certificate.withdrawn", "撤回证明", "持有人注销，姓名和身份证号已清除", audit=True, icon="circle-x"
)
CERTIFICATE_WANTED = register("volunteer.certificate_wanted", "申请证明", "{first} 至 {last}", icon="certificate")
# --- partners
AGREEMENT_MADE = register(
    "agreement.made", "签订合伙人协议", "{provider}，{room}，应服务 {hours} 小时", icon="heart-handshake"
)
AGREEMENT_CHANGED = register("agreement.changed", "修改协议", "{changes}", audit=True, icon="pencil")
AGREEMENT_SERVED = register(
    "agreement.served", "登记服务", "{day} {what}，{people} 人，{hours} 小时", icon="clock-check"
)
SERVICE_VOIDED = register(
    "agreement.service_voided", "作废服务", "{day} {hours} 小时：{reason}", audit=True, icon="ban"
)
AGREEMENT_ENDED = register(
    "agreement.ended", "协议到期", "已服务 {served} 小时，应服务 {owed} 小时：{note}", icon="circle-check"
)
AGREEMENT_TERMINATED = register("agreement.terminated", "解除协议", "{note}", audit=True, icon="ban")

PROGRAMME_CREATED = register("programme.created", "建立积分项目", "{name}", icon="plus")
PROGRAMME_RENAMED = register("programme.renamed", "积分项目改名", "{old} 改为 {name}", icon="edit")
