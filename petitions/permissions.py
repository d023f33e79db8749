"""What may be done with tickets."""

from common.permissions import declare

VIEW = declare("petitions.view", "查看工单")
REGISTER = declare("petitions.register", "登记诉求")
TRIAGE = declare("petitions.triage", "受理")
DISPATCH = declare("petitions.dispatch", "派单")
HANDLE = declare("petitions.handle", "签收办理")
APPROVE = declare("petitions.approve", "审批延期、挂账和异议")
VERIFY = declare("petitions.verify", "核查")
CALLBACK = declare("petitions.callback", "回访办结")
WITHDRAW = declare("petitions.withdraw", "撤回")
EXCLUDE = declare("petitions.exclude", "审核剔除")
REVEAL = declare("petitions.reveal", "查看诉求人信息")
EXPORT = declare("petitions.export", "导出工单")
IMPORT = declare("petitions.import", "批量导入")
CATEGORIES = declare("petitions.categories", "维护诉求分类")
