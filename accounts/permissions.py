"""What may be done with accounts, rules and logs (三员分立: three separate administrators)."""

from common.permissions import declare

USER_MANAGE = declare("accounts.manage", "管理账号和角色")
POLICY_MANAGE = declare("accounts.policies", "维护规则和解除锁定")
AUDIT_VIEW = declare("accounts.audit", "查看审计记录")
