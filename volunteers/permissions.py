"""What may be done with volunteers, orders and points."""

from common.permissions import declare

VIEW = declare("volunteers.view", "查看志愿服务")
MANAGE = declare("volunteers.manage", "管理志愿者和队伍")
REVEAL = declare("volunteers.reveal", "查看志愿者信息")
ACTIVITIES = declare("volunteers.activities", "组织志愿活动")
REPORT_ORDER = declare("volunteers.report_order", "网格报单")
ORDERS = declare("volunteers.orders", "受理和派发服务订单")
MENU = declare("volunteers.menu", "维护三张清单和服务单位")
SERVE = declare("volunteers.serve", "承接服务订单")
POINTS = declare("volunteers.points", "提出积分调整")
APPROVE_POINTS = declare("volunteers.approve_points", "复核积分调整")
SHOP = declare("volunteers.shop", "管理积分超市")
SHOPKEEP = declare("volunteers.shopkeep", "积分兑换核销")
NOMINATE = declare("volunteers.nominate", "推荐表彰")
AWARD = declare("volunteers.award", "审核表彰")
CERTIFY = declare("volunteers.certify", "出具志愿服务证明")
PARTNERS = declare("volunteers.partners", "管理合伙人协议")
EXPORT = declare("volunteers.export", "导出志愿服务数据")
IMPORT = declare("volunteers.import", "批量导入志愿者")
