"""Events of volunteer service: timeline and audit list read this table."""

from common.events import register

# --- people
# --- activities and records
# --- orders, providers, care
# --- points
# --- shop
# --- honours and certificates
# --- partners

PROGRAMME_CREATED = register("programme.created", "建立积分项目", "{name}", icon="plus")
