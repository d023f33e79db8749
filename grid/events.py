"""Events of the hierarchy."""

from common.events import register

UNIT_CREATED = register("unit.created", "建立单位", "建立“{name}”", icon="plus")
UNIT_CHANGED = register("unit.changed", "修改资料", "{summary}", icon="edit")
UNIT_MOVED = register("unit.moved", "调整隶属", "由“{old_parent}”划入“{new_parent}”", icon="transfer")
UNIT_CARRIED = register("unit.carried", "随上级调整", "{summary}", icon="transfer")
UNIT_MERGED = register("unit.merged", "并入", "并入“{target}”", icon="stack-2")
UNIT_ABSORBED = register("unit.absorbed", "接收并入", "接收“{source}”并入", icon="stack-2")
UNIT_CLOSED = register("unit.closed", "撤销单位", "撤销“{name}”", icon="x")
POST_TAKEN = register("post.taken", "任职", "{name} 任 {unit}{post}", icon="user-plus")
POST_LEFT = register("post.left", "免职", "{name} 不再任 {unit}{post}", icon="user")
DEPARTMENT_CREATED = register("department.created", "建立部门", "建立“{name}”", icon="plus")
DEPARTMENT_CHANGED = register("department.changed", "修改部门", "{summary}", icon="edit")
DEPARTMENT_CLOSED = register("department.closed", "停用部门", "停用“{name}”", icon="x")
DEPARTMENT_REOPENED = register("department.reopened", "恢复部门", "恢复“{name}”", icon="check")
