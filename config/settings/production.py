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
PROXY_COUNT = env.number("PROXY_COUNT", 1)

SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # the district's other subdomains are not ours to force to HTTPS
    "security.W021",  # an internal system does not belong on the browsers' preload list
    "axes.W006",  # a whole office shares one address: the lock-out is by account (design: 5 failures, 30 minutes)
]
