"""Events of accounts. All are shown in the audit list."""

from common.events import register

USER_CREATED = register("user.created", "建立账号", "建立账号“{username}”", audit=True)
USER_CHANGED = register("user.changed", "修改账号", "{summary}", audit=True)
PASSWORD_CHANGED = register("user.password", "更改密码", "{how}", audit=True)
ROLE_GIVEN = register("role.given", "授予角色", "{user}：{role}（{seat}）", audit=True)
ROLE_ENDED = register("role.ended", "收回角色", "{user}：{role}（{seat}），截至 {last_day}", audit=True)
LOG_OPENED = register("access.opened", "开始记录", "", audit=False)
SIGNED_IN = register("access.signed_in", "登录", "来自 {ip}", audit=True)
SIGNED_OUT = register("access.signed_out", "退出", "来自 {ip}", audit=True)
SIGN_IN_FAILED = register("access.failed", "登录失败", "用户名“{username}”，来自 {ip}", audit=True)
LOCKED_OUT = register("access.locked", "账号锁定", "用户名“{username}”，来自 {ip}", audit=True)
UNLOCKED = register("access.unlocked", "解除锁定", "用户名“{username}”", audit=True)
