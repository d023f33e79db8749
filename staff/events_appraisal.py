"""Events of appraisal. No points of a judge stand in an event: who gave what is between the judge and the sheet."""

from common.events import register

OPENED = register("appraisal.opened", "开始考核", "{unit} {period}，{people} 个对象，{judges} 张打分表", icon="plus")
MEASURED = register("appraisal.measured", "测算数据", "{people} 个对象，{values} 个数值", icon="report-money")
SHEET_SENT = register("appraisal.sheet_sent", "提交打分表", "{items} 项评分", icon="clipboard-check")
SHEET_EXCUSED = register("appraisal.sheet_excused", "免评", "{judge}：{why}", audit=True, icon="ban")
RECKONED = register("appraisal.reckoned", "汇总", "{people} 个对象，平均 {mean} 分", audit=True, icon="report-money")
SENT_BACK = register("appraisal.sent_back", "退回重新打分", "{note}", audit=True, icon="arrow-back-up")
PUBLISHED = register("appraisal.published", "复核公示", "申诉期到 {until}。{note}", audit=True, icon="shield-check")
FINISHED = register("appraisal.finished", "定格", "{people} 个对象，登记年度考核 {reviews} 人", audit=True, icon="lock")
CORRECTED = register("appraisal.corrected", "更正结果", "{who}：{old} 分改为 {new} 分，{why}", audit=True, icon="edit")
PAID = register("appraisal.paid", "写入绩效比例", "{month} 起，{people} 人", audit=True, icon="coin")
APPEAL_ASKED = register("appeal.asked", "提出申诉", "{text}", icon="message")
APPEAL_UPHELD = register("appeal.upheld", "更正结果", "{old} 分改为 {new} 分：{note}", audit=True, icon="circle-check")
APPEAL_REJECTED = register("appeal.rejected", "维持原结果", "{note}", audit=True, icon="circle-x")
APPEAL_WITHDRAWN = register("appeal.withdrawn", "撤回申诉", "{note}", icon="ban")
HONOUR_ADDED = register("worker.honour", "登记荣誉", "{name}，{given_by}，{given_on}", icon="trophy")
HONOUR_REMOVED = register("worker.honour_removed", "删除荣誉", "{name}：{why}", audit=True, icon="x")
