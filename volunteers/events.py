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
NOMINATED = register("nomination.nominated", "推荐", "{honour}（{year} 年）", icon="award")
RECOMMENDED = register("nomination.recommended", "街道审核通过", "{note}", icon="shield-check")
AWARDED = register("nomination.awarded", "授予荣誉", "{honour}（{year} 年）。{note}", audit=True, icon="medal")
NOMINATION_DENIED = register("nomination.denied", "未通过", "{note}", icon="circle-x")
CERTIFIED = register(
    "certificate.issued", "出具证明", "{first} 至 {last}，{hours} 小时", audit=True, icon="certificate"
)
CERTIFICATE_REVOKED = register("certificate.revoked", "撤销证明", "{reason}", audit=True, icon="ban")
CERTIFICATE_WANTED = register("volunteer.certificate_wanted", "申请证明", "{first} 至 {last}", icon="certificate")
# --- partners

PROGRAMME_CREATED = register("programme.created", "建立积分项目", "{name}", icon="plus")
