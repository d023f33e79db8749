"""A real installation: every secret comes from the environment, nothing has a default."""

from config import env

from .base import *  # noqa: F403

SECRET_KEY = env.text("SECRET_KEY")
PERSONAL_KEYS = env.key_ring("PERSONAL_KEYS")
SEAL_KEY = env.text("SEAL_KEY").encode()
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if not host.startswith(".")]
DATABASES = {"default": env.database()}
REDIS_URL = env.text("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# The client's address for the audit list, as the reverse proxy reports it.
AXES_IPWARE_PROXY_COUNT = env.number("PROXY_COUNT", 1)
