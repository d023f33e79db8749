"""Events of volunteer service: timeline and audit list read this table."""

from common.events import register

# --- people
# --- activities and records
RECORDED = register("service_record.confirmed", "确认服务时长", "{what}，{day}，{hours} 小时", icon="clock-check")
RECORD_VOIDED = register("service_record.voided", "作废服务记录", "{reason}", audit=True, icon="ban")
# --- orders, providers, care
# --- points
POINTS_PROPOSED = register("points_request.proposed", "提出积分调整", "{amount} 分：{reason}", audit=True, icon="coin")
# --- shop
# --- honours and certificates
# --- partners

PROGRAMME_CREATED = register("programme.created", "建立积分项目", "{name}", icon="plus")
