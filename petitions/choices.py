"""Words of the ticket: kinds, channels, states and their groups, clocks, cards."""

from django.db import models


class Kind(models.TextChoices):
    """北京市接诉即办工作条例 art. 2."""

    CONSULTATION = "consultation", "咨询"
    HELP = "help", "求助"
    COMPLAINT = "complaint", "投诉"
    REPORT = "report", "举报"
    SUGGESTION = "suggestion", "建议"


class Channel(models.TextChoices):
    HOTLINE = "hotline", "热线"
    GRID_WORKER = "grid_worker", "网格上报"
    COUNTER = "counter", "窗口登记"
    SNAP = "snap", "随手拍"
    VISIT = "visit", "入户走访"
    MEETING = "meeting", "居民议事"
    TRANSFER = "transfer", "上级转办"
    IMPORT = "import", "批量导入"


class Urgency(models.TextChoices):
    NORMAL = "normal", "一般"
    URGENT = "urgent", "紧急"


class State(models.TextChoices):
    REGISTERED = "registered", "待受理"
    ACCEPTED = "accepted", "待派单"
    DISPATCHED = "dispatched", "待签收"
    OBJECTED = "objected", "异议待审"
    HANDLING = "handling", "办理中"
    SUSPENDED = "suspended", "已挂账"
    REPLIED = "replied", "待核查"
    VERIFIED = "verified", "待回访"
    CALLED_BACK = "called_back", "待办结"
    CLOSED = "closed", "已办结"
    REFUSED = "refused", "不予受理"
    WITHDRAWN = "withdrawn", "已撤回"
    VOIDED = "voided", "已撤销导入"


OPEN_STATES = (
    State.REGISTERED, State.ACCEPTED, State.DISPATCHED, State.OBJECTED, State.HANDLING, State.SUSPENDED,
    State.REPLIED, State.VERIFIED, State.CALLED_BACK,
)  # fmt: skip
ENDED_STATES = (State.CLOSED, State.REFUSED, State.WITHDRAWN, State.VOIDED)
# Who has the next move: the desk of the area, or the body the ticket was given to.
DESK_STATES = (State.REGISTERED, State.ACCEPTED, State.OBJECTED, State.REPLIED, State.VERIFIED, State.CALLED_BACK)
HANDLER_STATES = (State.DISPATCHED, State.HANDLING)

# Names of the badge colours (common.templatetags.gridwork.TONES).
STATE_COLOURS = {
    State.REGISTERED: "blue", State.ACCEPTED: "blue", State.DISPATCHED: "amber", State.OBJECTED: "amber",
    State.HANDLING: "blue", State.SUSPENDED: "grey", State.REPLIED: "purple", State.VERIFIED: "purple",
    State.CALLED_BACK: "purple", State.CLOSED: "green", State.REFUSED: "grey", State.WITHDRAWN: "grey",
    State.VOIDED: "grey",
}  # fmt: skip


class Satisfaction(models.TextChoices):
    SATISFIED = "satisfied", "满意"
    BASICALLY = "basically", "基本满意"
    DISSATISFIED = "dissatisfied", "不满意"


class RefusalReason(models.TextChoices):
    """北京市接诉即办工作条例 art. 11 (一)–(六)."""

    EMERGENCY = "emergency", "紧急事项，已转110、119、120、122等专线"
    LEGAL_PATH = "legal_path", "应通过或已进入诉讼、仲裁、复议、信访等法定途径"
    REPEATED = "repeated", "正在办理或已办结，没有新情况新理由"
    SECRET = "secret", "涉及国家秘密、商业秘密、个人隐私"
    OUT_OF_DUTY = "out_of_duty", "超出承办单位职责范围，已告知其他渠道"
    UNLAWFUL = "unlawful", "违反法律法规、违背公序良俗"


class ExclusionReason(models.TextChoices):
    """Why a ticket does not count in the adjusted rates; it must be answered all the same (domain §4)."""

    NO_BASIS = "no_basis", "诉求无法律政策依据"
    HISTORICAL = "historical", "历史遗留，客观条件暂不具备"
    MALICIOUS = "malicious", "恶意反复诉求"
    WRONG_UNIT = "wrong_unit", "非本辖区事项"
    FORCE_MAJEURE = "force_majeure", "不可抗力"


class ContactWay(models.TextChoices):
    PHONE = "phone", "电话"
    VISIT = "visit", "上门"
    COUNTER = "counter", "窗口面谈"
    MESSAGE = "message", "短信或网络"


class ClockKind(models.TextChoices):
    """What is timed on a ticket."""

    ACCEPT = "accept", "受理派单"
    SIGN = "sign", "签收"
    CONTACT = "contact", "首次联系"
    FINISH = "finish", "办结"
    CALLBACK = "callback", "回访"


class CardLevel(models.TextChoices):
    """Reminder before the limit, then cards to ever higher levels (domain §4)."""

    REMINDER = "reminder", "临期提醒"
    BLUE = "blue", "蓝色督办"
    AMBER = "amber", "黄色督办"
    RED = "red", "红色督办"


CARD_COLOURS = {CardLevel.REMINDER: "grey", CardLevel.BLUE: "blue", CardLevel.AMBER: "amber", CardLevel.RED: "red"}


class AssignmentRole(models.TextChoices):
    LEAD = "lead", "主办"
    CO_HANDLER = "co_handler", "协办"
