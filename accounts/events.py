"""Events of accounts. All are shown in the audit list."""

from common.events import register

USER_CREATED = register("user.created", "建立账号", "建立账号“{username}”（{name}）", audit=True, icon="user-plus")
USER_CHANGED = register("user.changed", "修改账号", "账号“{username}”：{summary}", audit=True, icon="edit")
PASSWORD_CHANGED = register("user.password", "更改密码", "账号“{username}”：{how}", audit=True, icon="key")
TOKEN_CREATED = register(
    "token.created", "建立接口令牌", "“{name}”，有效至 {expires}", audit=True, icon="key"
)  # fmt: skip
TOKEN_REVOKED = register("token.revoked", "撤销接口令牌", "{username}：“{name}”", audit=True, icon="ban")
ROLE_GIVEN = register(
    "role.given", "授予角色", "{user}：{role}（{seat}），{first_day} 起，{last_day}", audit=True, icon="user-check"
)  # fmt: skip
ROLE_ENDED = register(
    "role.ended", "收回角色", "{user}：{role}（{seat}），{last_day}", audit=True, icon="user-cog"
)  # fmt: skip
SIGNED_IN = register("access.signed_in", "登录", "来自 {ip}", audit=True, icon="login")
SIGNED_OUT = register("access.signed_out", "退出", "来自 {ip}", audit=True, icon="logout")
SIGN_IN_FAILED = register(
    "access.failed", "登录失败", "用户名“{username}”，来自 {ip}", audit=True, icon="alert-triangle"
)  # fmt: skip
LOCKED_OUT = register("access.locked", "账号锁定", "用户名“{username}”，来自 {ip}", audit=True, icon="lock")
UNLOCKED = register("access.unlocked", "解除锁定", "用户名“{username}”", audit=True, icon="lock-open")
RULE_CHANGED = register(
    "rule.changed", "修改规则", "“{rule}”自 {valid_from} 起的新版本，依据：{note}", audit=True, icon="adjustments"
)  # fmt: skip
RULE_WITHDRAWN = register(
    "rule.withdrawn", "撤回规则", "“{rule}”原定自 {valid_from} 起的版本", audit=True, icon="arrow-back-up"
)  # fmt: skip
HOLIDAY_SET = register(
    "holiday.set", "修改节假日", "{date} {name}（{what}），依据：{source}", audit=True, icon="calendar"
)  # fmt: skip
HOLIDAY_REMOVED = register("holiday.removed", "删除节假日", "{date} {name}", audit=True, icon="trash")
AUDIT_EXPORTED = register("audit.exported", "导出审计记录", "条件：{query}", audit=True, icon="download")
