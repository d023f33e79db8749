"""Entries of accounts in the frame of the pages."""

from accounts import permissions, selectors
from common.navigation import AccountLink, Bell, MenuGroup, MenuItem, register

GROUP = "administration"

register(
    MenuGroup(GROUP, "系统管理", icon="settings", order=900),
    MenuItem("accounts.users", "账号与角色", "accounts:users", GROUP, "users", (permissions.USER_MANAGE,), 10),
    MenuItem("accounts.rules", "规则", "accounts:rules", GROUP, "adjustments", (permissions.POLICY_MANAGE,), 20),
    MenuItem("accounts.holidays", "节假日与调休", "accounts:holidays", GROUP, "calendar",
             (permissions.POLICY_MANAGE,), 30),
    MenuItem("accounts.locks", "账号锁定", "accounts:locks", GROUP, "lock", (permissions.POLICY_MANAGE,), 40,
             count=lambda user: len(selectors.locks())),
    MenuItem("accounts.audit", "审计记录", "accounts:audit", GROUP, "shield-check", (permissions.AUDIT_VIEW,), 50),
    Bell("accounts:messages", selectors.unread_count),
    AccountLink("own", "我的账号", "accounts:own", icon="user-circle", order=10),
    AccountLink("password", "更改密码", "accounts:password", icon="key", order=20),
    AccountLink("sign-out", "退出登录", "accounts:sign-out", icon="logout", order=90, post=True),
)  # fmt: skip
