"""Events of community workers: timeline and audit list read this table."""

from collections.abc import Mapping
from typing import Any

from common.events import Text, register
from staff import events_growth  # noqa: F401 (registers them)


def _ending_in(text: str, *names: str) -> Text:
    """The text, and behind it what the data say under the names, if they say anything."""

    def describe(data: Mapping[str, Any]) -> str:
        return text.format_map({**data}) + "".join(str(data.get(name) or "") for name in names)

    return describe


# --- pay
RUN_CREATED = register("pay_run.created", "建立工资表", "{unit} {month}", icon="plus")
RUN_CALCULATED = register(
    "pay_run.calculated", "核算", "{people} 人，应发 {gross} 元，实发 {net} 元", audit=True, icon="coin"
)
RUN_CHECKED = register("pay_run.checked", "复核通过", "{note}", audit=True, icon="check")
RUN_SENT_BACK = register("pay_run.sent_back", "退回核算", "{note}", audit=True, icon="arrow-back-up")
RUN_APPROVED = register(
    "pay_run.approved", "审批通过", "{people} 人，实发 {net} 元，工资条已冻结", audit=True, icon="shield-check"
)
RUN_PAID = register("pay_run.paid", "发放", "发放日期 {paid_on}", audit=True, icon="receipt")
RUN_ARCHIVED = register("pay_run.archived", "归档", icon="folder")
PAY_SHEET_MADE = register("pay_run.sheet", "导出工资表", "{people} 人的全名和工资", audit=True, icon="file-spreadsheet")
BANK_FILE_MADE = register("pay_run.bank_file", "生成银行发放文件", "{people} 人，{net} 元", audit=True, icon="download")
ADDITION_ENTERED = register(
    "worker.addition", "一次性项目", "{month} {label} {amount} 元：{why}", audit=True, icon="plus"
)
ADDITION_REMOVED = register(
    "worker.addition_removed", "删除一次性项目", "{month} {label} {amount} 元", audit=True, icon="ban"
)
BASE_SET = register("worker.insurance_base", "缴费基数", "{since} 起 {amount} 元", audit=True, icon="edit")
DEDUCTION_SET = register("worker.deduction", "专项附加扣除", "{what}", audit=True, icon="edit")
FIRST_WAGE_SET = register("worker.first_wage", "首次取得工资申报", "{year} 年：{what}", audit=True, icon="edit")
FACTOR_SET = register("worker.factor", "绩效比例", "{since} 起 {percent}%：{why}", audit=True, icon="edit")
# What only those see who may see the pay itself.
ABOUT_PAY = frozenset({ADDITION_ENTERED, ADDITION_REMOVED, BASE_SET, DEDUCTION_SET, FACTOR_SET, FIRST_WAGE_SET})
# --- roster (no name, phone, identity number or account stands in an event; ``since``: the day from which it counts)
WORKER_ENTERED = register("worker.entered", "入职", "{unit}，{rank}，{since} 起", icon="user-plus")
WORKER_IMPORTED = register(
    "worker.imported", "批量导入", "第 {row} 行：{unit}，{rank}，{since} 入职", icon="file-import"
)
WORKER_IMPORT_UNDONE = register("worker.import_undone", "撤销导入", "个人信息已清除", icon="ban")
WORKER_CHANGED = register("worker.changed", "修改资料", "{fields}", icon="edit")
WORKER_REVEALED = register("worker.revealed", "查看个人信息", "查看{field}，理由：{reason}", audit=True, icon="eye")
WORKER_TRANSFERRED = register(
    "worker.transferred", "任职变动", "由“{old_unit}”{old_rank}到“{unit}”{rank}，{since} 起", icon="transfer"
)
POST_TAKES_EFFECT = register("worker.post_effective", "任职生效", "{unit}，{rank}", icon="calendar-event")
WORKER_FOLLOWED = register("worker.followed", "随单位调整", "由“{old}”到“{new}”，{since} 起", icon="transfer")
WORKER_SECONDED = register("worker.seconded", "下沉、借调", _ending_in("到“{unit}”，{since} 起", "until"), icon="route")
SECONDMENT_ENDED = register(
    "worker.secondment_ended", "下沉、借调结束", "“{unit}”，最后一天 {last}", icon="arrow-back-up"
)
WORKER_LEFT = register("worker.left", "离岗", _ending_in("最后一天 {last}。", "reason"), icon="logout")
WORKER_RETURNED = register("worker.returned", "返岗", "{unit}，{rank}，{since} 起", icon="user-check")
EDUCATION_CHANGED = register("worker.education", "取得学历", "由{old}到{new}，{since} 取得", icon="school")
CERTIFICATE_ADDED = register("worker.certificate", "登记证书", "{level}，{since} 取得", icon="certificate")
CERTIFICATE_RENEWED = register("worker.certificate_renewed", "证书续登", "{level}，有效期至 {until}", icon="refresh")
CERTIFICATE_REMOVED = register("worker.certificate_removed", "删除证书", "{level}：{reason}", audit=True, icon="x")
SECRETARY_FILED = register("worker.filed", "县级备案", "{day}", icon="shield-check")
RESERVED = register("worker.reserved", "列为备选", "“{unit}”{rank}{place}", icon="star")
RESERVE_ENDED = register("worker.reserve_ended", "不再备选", "“{unit}”{rank}", icon="user")
STAND_IN_SET = register("worker.stand_in", "AB 岗", "{who}", icon="users")
REVIEW_SET = register(
    "worker.reviewed",
    "年度考核",
    _ending_in("{year} 年度{result}", "before", "source"),
    audit=True,
    icon="clipboard-check",
)
WORKER_LINKED = register("worker.linked", "关联工作账号", "{account}", audit=True, icon="link")
RESIDENTS_SET = register("unit.residents", "登记常住人口", "{day} {number} 人，{source}", icon="users-group")
# Changes on which a grade or a month's pay depends; each says in ``since`` from which day.
TOUCHING_PAY = (
    WORKER_ENTERED, WORKER_IMPORTED, WORKER_CHANGED, WORKER_TRANSFERRED, WORKER_FOLLOWED, WORKER_LEFT, WORKER_RETURNED,
    EDUCATION_CHANGED, CERTIFICATE_ADDED, CERTIFICATE_RENEWED, CERTIFICATE_REMOVED, REVIEW_SET,
)  # fmt: skip
# --- grades
GRADED = register(
    "worker.graded", "定级", "自 {since} 起 {grade} 级（{reason}），原 {old}", audit=True, icon="trending-up"
)
GRADE_CORRECTED = register(
    "worker.grade_corrected", "更正等级", "自 {since} 起 {grade} 级，原 {old}；理由：{why}", audit=True, icon="edit"
)
ABOUT_GRADES = frozenset({GRADED, GRADE_CORRECTED})
# --- leave
LEAVE_ASKED = register(
    "leave.asked", "申请请假", "{kind}，{first} 至 {last}，{days} 个工作日，代班人：{cover}", icon="calendar-plus"
)
LEAVE_ENTERED = register(
    "leave.entered",
    "代为登记",
    "{kind}，{first} 至 {last}，{days} 个工作日，代班人：{cover}",
    audit=True,
    icon="calendar-plus",
)
LEAVE_APPROVED = register("leave.approved", "批准", "代班人：{cover}。{note}", icon="circle-check")
LEAVE_REFUSED = register("leave.refused", "不批准", "{note}", icon="circle-x")
LEAVE_CANCELLED = register("leave.cancelled", "撤销", "{by}：{note}", icon="ban")
# --- forecast of pay, funds of communities
FORECAST_ASKED = register(
    "forecast.asked", "发起测算", "{months} 个月，现行方案“{old}”，比较的方案：{new}", icon="calendar-stats"
)
FORECAST_READY = register("forecast.ready", "测算完成", "首月 {people} 人，合计 {total} 元", icon="chart-bar")
BUDGET_ENTERED = register(
    "fund_budget.entered",
    "编报预算",
    "{label} {amount} 元，每个社区下达 {each} 元；依据：{note}",
    audit=True,
    icon="plus",
)
BUDGET_APPROVED = register(
    "fund_budget.approved",
    "审批通过",
    "{amount} 元入账，下达 {communities} 个社区。{note}",
    audit=True,
    icon="shield-check",
)
BUDGET_REFUSED = register("fund_budget.refused", "未通过", "{note}", audit=True, icon="circle-x")
BUDGET_WITHDRAWN = register("fund_budget.withdrawn", "撤回", "{note}", icon="arrow-back-up")
FUND_ENTERED = register(
    "fund_entry.entered", "登记", _ending_in("{kind} {amount} 元，{day}。", "what"), audit=True, icon="plus"
)
FUND_APPROVED = register(
    "fund_entry.approved", "审批通过", "{amount} 元入账，余额 {balance} 元。{note}", audit=True, icon="shield-check"
)
FUND_REFUSED = register("fund_entry.refused", "未通过", "{note}", audit=True, icon="circle-x")
FUND_WITHDRAWN = register("fund_entry.withdrawn", "撤回", "{note}", icon="arrow-back-up")
FUND_REVERSED = register("fund_entry.reversed", "已冲销", "冲销原因：{note}", audit=True, icon="arrow-back-up")
FUND_BY_RULE = register(
    "fund_entry.by_rule", "按规则转账", "{kind} {amount} 元，结转比例 {carry}%", audit=True, icon="calendar"
)
VOUCHERS_ADDED = register("fund_entry.vouchers", "补充凭证", "{names}", icon="paperclip")
