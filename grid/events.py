"""Events of the hierarchy."""

from common.events import register

UNIT_CREATED = register("unit.created", "建立单位", "建立“{name}”", icon="plus")
UNIT_CHANGED = register("unit.changed", "修改资料", "{summary}", icon="edit")
UNIT_MOVED = register("unit.moved", "调整隶属", "由“{old_parent}”划入“{new_parent}”", icon="arrow-move-right")
UNIT_MERGED = register("unit.merged", "并入", "并入“{target}”", icon="arrow-merge")
UNIT_ABSORBED = register("unit.absorbed", "接收并入", "接收“{source}”并入", icon="arrow-merge")
POST_TAKEN = register("post.taken", "任职", "{name} 任 {unit}{post}", icon="user-plus")
POST_LEFT = register("post.left", "免职", "{name} 不再任 {unit}{post}", icon="user-minus")
