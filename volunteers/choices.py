"""Words of volunteer service: people, activities, orders, points, shop, honours; states and their colours."""

from django.db import models


class Group(models.TextChoices):
    """Which circle a volunteer comes from; figures are broken down by it."""

    RESIDENT = "resident", "居民"
    PARTY_MEMBER = "party_member", "党员"
    CHIEF = "chief", "三长（网格长、楼栋长、单元长）"
    CADRE = "cadre", "机关干部"
    RIDER = "rider", "新就业群体"
    STUDENT = "student", "学生"
    OTHER = "other", "其他"


class Skill(models.TextChoices):
    """What a volunteer can do and an activity may ask for (志愿服务条例 art. 12)."""

    MEDICAL = "medical", "医疗护理"
    CARE = "care", "照料陪护"
    LEGAL = "legal", "法律咨询"
    TEACHING = "teaching", "课业辅导"
    REPAIR = "repair", "水电维修"
    HAIRCUT = "haircut", "理发"
    COUNSELLING = "counselling", "心理疏导"
    MEDIATION = "mediation", "纠纷调解"
    ARTS = "arts", "文艺体育"
    FIRST_AID = "first_aid", "应急救护"
    TRANSLATION = "translation", "语言翻译"
    DRIVING = "driving", "驾驶运送"
    COMPUTER = "computer", "电脑手机"
    GENERAL = "general", "一般服务"


class TimeSlot(models.TextChoices):
    WEEKDAY_DAY = "weekday_day", "工作日白天"
    WEEKDAY_EVENING = "weekday_evening", "工作日晚上"
    WEEKEND_DAY = "weekend_day", "周末白天"
    WEEKEND_EVENING = "weekend_evening", "周末晚上"
    HOLIDAY = "holiday", "节假日"
    EMERGENCY = "emergency", "应急随叫随到"


class VolunteerState(models.TextChoices):
    """A minor's sign-up waits until the guardian has agreed (志愿服务条例 art. 7)."""

    WAITING = "waiting", "待监护人同意"
    ACTIVE = "active", "在册"
    LEFT = "left", "已退出"
    ERASED = "erased", "已注销"


class HowChecked(models.TextChoices):
    """How a worker made sure who somebody is, or that a guardian agrees."""

    IN_PERSON = "in_person", "当面核对证件"
    BY_PHONE = "by_phone", "电话核实"
    IN_WRITING = "in_writing", "书面材料"


class Remainder(models.TextChoices):
    """Where the points of somebody who has themselves erased go: points are no property and never paid out."""

    EXPIRE = "expire", "作废"
    DONATE = "donate", "捐入社区爱心积分池"


class ActivityState(models.TextChoices):
    DRAFT = "draft", "筹备中"
    PUBLISHED = "published", "招募中"
    ENDED = "ended", "待确认时长"
    CONFIRMED = "confirmed", "已完成"
    CANCELLED = "cancelled", "已取消"


class ParticipationState(models.TextChoices):
    WAITING = "waiting", "候补"
    JOINED = "joined", "已报名"
    PRESENT = "present", "已签到"
    SERVED = "served", "已签退"
    CONFIRMED = "confirmed", "时长已确认"
    ABSENT = "absent", "未到"
    WITHDRAWN = "withdrawn", "已退出"


HOLDS_A_PLACE = (
    ParticipationState.JOINED, ParticipationState.PRESENT, ParticipationState.SERVED, ParticipationState.CONFIRMED,
)  # fmt: skip


class RecordSource(models.TextChoices):
    """Where an hour of service was rendered."""

    ACTIVITY = "activity", "志愿活动"
    ORDER = "order", "服务订单"
    PARTNER = "partner", "合伙人服务"
    IMPORT = "import", "批量导入"


class OrderKind(models.TextChoices):
    """Loops of 古冶 (点单), 遵化 (报单, 抢单), 通化县 (微心愿, 照料), 蛟河 (物业直通车), 曹妃甸 (微项目)."""

    SERVICE = "service", "居民点单"
    REPORT = "report", "网格报单"
    WISH = "wish", "微心愿"
    PROJECT = "project", "微项目"
    PROPERTY = "property", "物业直通车"
    CARE = "care", "照料服务"


class OrderState(models.TextChoices):
    SUBMITTED = "submitted", "待派单"
    OPEN = "open", "待接单"
    CLAIMED = "claimed", "服务中"
    DONE = "done", "待评价"
    REVIEWED = "reviewed", "已评价"
    REFUSED = "refused", "未受理"
    WITHDRAWN = "withdrawn", "已撤回"


class OrderRefusal(models.TextChoices):
    """Why an order is not taken on."""

    PAID = "paid", "属于有偿服务，应找经营单位"
    PETITION = "petition", "属于诉求，已告知走诉求办理"
    UNSAFE = "unsafe", "有安全风险，志愿者不宜承担"
    REPEATED = "repeated", "重复下单"
    UNREACHABLE = "unreachable", "无法联系下单人"
    OTHER = "other", "其他"


class Stars(models.IntegerChoices):
    FIVE = 5, "5 星 很满意"
    FOUR = 4, "4 星 满意"
    THREE = 3, "3 星 一般"
    TWO = 2, "2 星 不满意"
    ONE = 1, "1 星 很不满意"


# From this many stars on, the orderer's own review confirms the hours; below it the community looks into it.
CONFIRMING_STARS = 3
SERVED_ORDER_STATES = (OrderState.DONE, OrderState.REVIEWED)
OPEN_ORDER_STATES = (OrderState.SUBMITTED, OrderState.OPEN, OrderState.CLAIMED)


class MenuList(models.TextChoices):
    """三张清单: what is needed, what is offered, what is to be done together."""

    NEED = "need", "需求清单"
    RESOURCE = "resource", "资源清单"
    PROJECT = "project", "项目清单"


class ProviderKind(models.TextChoices):
    PROPERTY_FIRM = "property_firm", "物业企业"
    SHOP = "shop", "联盟商家"
    CO_BUILDING_UNIT = "co_building_unit", "共建单位"
    SOCIAL_ORGANISATION = "social_organisation", "社会组织"
    PARTNER = "partner", "社区治理合伙人"


class AccountKind(models.TextChoices):
    """Sides of an entry. Persons and pools hold points and can never owe any; the rest are the other sides."""

    PERSON = "person", "个人账户"
    POOL = "pool", "爱心积分池"
    ISSUE = "issue", "积分发行"
    SHOP = "shop", "兑换商家"
    EXPIRY = "expiry", "过期积分"
    CORRECTION = "correction", "更正"


GUARDED_KINDS = (AccountKind.PERSON, AccountKind.POOL)


class EntryKind(models.TextChoices):
    EARN = "earn", "服务得分"
    JOINING = "joining", "注册奖励"
    ITEM = "item", "项目加分"
    MANUAL = "manual", "人工调整"
    OPENING = "opening", "期初结转"
    REDEEM = "redeem", "兑换"
    DONATE = "donate", "捐赠"
    EXPIRE = "expire", "到期清零"
    REVERSE = "reverse", "冲正"


# What counts as earned when old points expire; what is spent uses the oldest points first.
EARNING_KINDS = (EntryKind.EARN, EntryKind.JOINING, EntryKind.ITEM, EntryKind.MANUAL, EntryKind.OPENING)


class RequestState(models.TextChoices):
    PROPOSED = "proposed", "待复核"
    POSTED = "posted", "已入账"
    DENIED = "denied", "未通过"
    WITHDRAWN = "withdrawn", "已撤回"


class ProductKind(models.TextChoices):
    GOODS = "goods", "实物"
    SERVICE = "service", "服务"
    PROPERTY_FEE = "property_fee", "抵扣物业费"


class RedemptionState(models.TextChoices):
    RESERVED = "reserved", "待领取"
    COLLECTED = "collected", "已领取"
    CANCELLED = "cancelled", "已取消"
    LAPSED = "lapsed", "逾期未领"
    RETURNED = "returned", "已退回"


class StockReason(models.TextChoices):
    RECEIVED = "received", "进货"
    RESERVED = "reserved", "兑换预留"
    RELEASED = "released", "取消释放"
    RETURNED = "returned", "退货入库"
    COUNTED = "counted", "盘点调整"


# What is given over, or still can be: these count towards the limit per month.
TAKEN_REDEMPTION_STATES = (RedemptionState.RESERVED, RedemptionState.COLLECTED)


class NominationState(models.TextChoices):
    NOMINATED = "nominated", "待街道审核"
    RECOMMENDED = "recommended", "待区级审定"
    AWARDED = "awarded", "已授予"
    DENIED = "denied", "未通过"


class AgreementState(models.TextChoices):
    ACTIVE = "active", "履约中"
    ENDED = "ended", "已到期"
    TERMINATED = "terminated", "已解除"


# Names of the badge colours (common.templatetags.gridwork.TONES).
COLOURS: dict[str, str] = {
    VolunteerState.WAITING: "amber", VolunteerState.ACTIVE: "green", VolunteerState.LEFT: "grey",
    VolunteerState.ERASED: "grey",
    ActivityState.DRAFT: "grey", ActivityState.PUBLISHED: "blue", ActivityState.ENDED: "amber",
    ActivityState.CONFIRMED: "green", ActivityState.CANCELLED: "grey",
    ParticipationState.JOINED: "blue", ParticipationState.PRESENT: "purple", ParticipationState.SERVED: "amber",
    ParticipationState.ABSENT: "red", ParticipationState.WITHDRAWN: "grey",
    OrderState.SUBMITTED: "blue", OrderState.OPEN: "amber", OrderState.CLAIMED: "purple", OrderState.DONE: "amber",
    OrderState.REVIEWED: "green", OrderState.REFUSED: "grey",
    RequestState.PROPOSED: "amber", RequestState.POSTED: "green", RequestState.DENIED: "red",
    RedemptionState.RESERVED: "amber", RedemptionState.COLLECTED: "green", RedemptionState.LAPSED: "grey",
    RedemptionState.CANCELLED: "grey", RedemptionState.RETURNED: "red",
    AgreementState.ACTIVE: "blue", AgreementState.ENDED: "grey", AgreementState.TERMINATED: "red",
    NominationState.NOMINATED: "amber", NominationState.RECOMMENDED: "purple", NominationState.AWARDED: "green",
}  # fmt: skip
