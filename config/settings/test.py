"""The tests' settings: the demo's secrets, cheap password hashes, everything else real."""

import os
from urllib.parse import urlsplit

from config import env
from config.demo_secrets import PERSONAL_KEYS, SEAL_KEY, SECRET_KEY  # noqa: F401

from .base import *  # noqa: F403

ALLOWED_HOSTS = ["*"]
DATABASES = {"default": env.database(default="postgres://gridwork:gridwork@127.0.0.1:5432/gridwork")}
# The runner's own database is migrated: every process starts from a copy (config/local/blank.py).
if os.environ.get("GRIDWORK_MIGRATED"):
    DATABASES["default"]["TEST"] = {"TEMPLATE": DATABASES["default"]["NAME"]}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

# Every process of pytest-xdist (gw0, gw1 …) has its own queue and files, as pytest-django gives it its own database.
PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "")
REDIS_URL = urlsplit(REDIS_URL)._replace(path=f"/{int(PROCESS.removeprefix('gw')) + 1 if PROCESS else 0}").geturl()
CELERY_BROKER_URL = REDIS_URL
STATE_DIR = STATE_DIR / (PROCESS or "main")
STATIC_ROOT = STATE_DIR / "static"
MEDIA_ROOT = STATE_DIR / "files"
