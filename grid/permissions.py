"""What may be done with the hierarchy."""

from common.permissions import declare

UNIT_VIEW = declare("grid.view", "查看组织架构")
UNIT_MANAGE = declare("grid.manage", "维护组织架构")
POST_MANAGE = declare("grid.posts", "维护岗位人员")
HOUSEHOLD_MANAGE = declare("grid.households", "维护户数和门牌")
