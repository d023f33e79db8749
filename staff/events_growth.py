"""Events of training, rotation, mentoring, contests, promotion and attendance."""

from common.events import register

# --- training
PLAN_CREATED = register("training_plan.created", "建立培训计划", "{unit} {year} 年“{title}”", icon="plus")
PLAN_CHANGED = register("training_plan.changed", "修改培训计划", "{fields}", icon="edit")
TRAINING_CREATED = register("training.created", "安排培训", "{when}，{place}，{hours} 学时，{capacity} 人", icon="plus")
TRAINING_CHANGED = register("training.changed", "修改培训", "{fields}", icon="edit")
TRAINING_ENDED = register("training.ended", "结束培训", "到 {present} 人，未到 {absent} 人", icon="circle-check")
TRAINING_CANCELLED = register("training.cancelled", "取消培训", "{reason}", icon="ban")
ENROLLED = register("enrolment.joined", "报名", "{by}", icon="user-plus")
QUEUED = register("enrolment.queued", "排队候补", "{by}", icon="clock")
MOVED_UP = register("enrolment.moved_up", "候补转为报名", icon="arrow-up")
WITHDRAWN = register("enrolment.withdrawn", "退出报名", "{by}", icon="logout")
ENROLMENT_IN = register("enrolment.in", "签到", "{how}", icon="check")
ENROLMENT_OUT = register("enrolment.out", "签退", "{how}", icon="logout")
ENROLMENT_COUNTED = register("enrolment.counted", "计入学时", "{state}，{hours} 学时", icon="school")
ENROLMENT_CORRECTED = register(
    "enrolment.corrected", "更正", "{state}，{hours} 学时；理由：{reason}", audit=True, icon="edit"
)
EXAM_CREATED = register("exam.created", "安排考试", "{day}，满分 {full}，合格线 {passing}", icon="plus")
EXAM_SCORED = register("exam_score.entered", "登记成绩", "{score}", icon="clipboard-check")
EXAM_CORRECTED = register("exam_score.corrected", "更正成绩", "{old} → {score}", audit=True, icon="edit")
# --- rotation
SITE_ADDED = register("rotation_site.added", "设为轮训点", icon="map-pin")
SITE_CLOSED = register("rotation_site.closed", "停用轮训点", icon="ban")
ROTATION_CREATED = register(
    "rotation.created", "建立轮训计划", "{first} 起 {periods} 个半月，每点 {per_site} 人", icon="plus"
)
ROTATION_PLANNED = register(
    "rotation.planned", "编排轮训", "自 {since} 起安排 {turns} 人次，缺 {short} 个", icon="calendar"
)
TURN_RATED = register("rotation.rated", "评价轮训", "{number} {first}：{result}", icon="clipboard-check")
TURN_BROKEN = register("rotation.broken", "中途退出轮训", "{number} 最后一天 {last}：{reason}", icon="logout")
# --- mentoring
PAIR_MADE = register("pair.made", "师徒结对", "师傅 {mentor}，徒弟 {apprentice}，计划 {until} 出师", icon="users")
PAIR_NOTED = register("pair.noted", "带教记录", "{day} {note}", icon="message")
PAIR_ENDED = register("pair.ended", "结束带教", "{last} {result_label}：{evaluation}", icon="circle-check")
# --- contests and promotion
CONTEST_CREATED = register("contest.created", "登记技能比武", "{day}", icon="plus")
CONTEST_RESULT = register("contest.result", "登记比武成绩", "{number} {score} 分，{award}", icon="trophy")
PROMOTED = register("promotion.recorded", "晋升", "{old} → {new}，{day}，{document}", audit=True, icon="trending-up")
PROMOTION_VOID = register("promotion.void", "作废晋升记录", "{reason}", audit=True, icon="x")
# --- attendance
DAY_MARKED = register(
    "worker.attendance", "更正考勤", "{day} 由“{old}”更正为“{new}”；理由：{reason}", audit=True, icon="edit"
)
SHEET_CLOSED = register("attendance_sheet.closed", "考勤结账", "{people} 人，旷工 {absent} 天", audit=True, icon="lock")
SHEET_REOPENED = register("attendance_sheet.reopened", "重新打开考勤", "{note}", audit=True, icon="lock-open")
SHEET_AMENDED = register("attendance_sheet.amended", "结账后更正", "{number} {day}：{reason}", audit=True, icon="edit")
# What only those see who keep attendance.
ABOUT_ATTENDANCE = frozenset({DAY_MARKED})
