"""Events of party organisations."""

from common.events import register

CREATED = register("partyorg.created", "建立党组织", "在“{unit}”建立“{name}”", icon="plus")
CHANGED = register("partyorg.changed", "修改资料", "{summary}", icon="edit")
COUNTED = register("partyorg.counted", "更新党员数", "党员数由 {old} 改为 {new}（{day} 统计）", icon="users")
ELECTED = register(
    "partyorg.elected", "换届选举", "{secretary} 当选书记，本届 {first_day} 至 {last_day}", icon="user-check"
)
FOLLOWED = register("partyorg.followed", "随单位调整", "{summary}", icon="transfer")
DISSOLVED = register("partyorg.dissolved", "撤销党组织", "撤销“{name}”", icon="x")
