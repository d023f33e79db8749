"""Entries of accounts in the frame of the pages."""

from common import navigation
from common.navigation import AccountLink, MenuGroup

navigation.register(
    MenuGroup("administration", "系统管理", icon="settings", order=900),
    AccountLink("own", "我的账号", "accounts:own", icon="user-circle", order=10),
    AccountLink("password", "更改密码", "accounts:password", icon="key", order=20),
    AccountLink("sign-out", "退出登录", "accounts:sign-out", icon="logout", order=90, post=True),
)
