"""The tests' settings: the demo's secrets, cheap password hashes, everything else real."""

from config import env
from config.demo_secrets import PERSONAL_KEYS, SECRET_KEY, SEAL_KEY  # noqa: F401

from .base import *  # noqa: F403

ALLOWED_HOSTS = ["*"]
DATABASES = {"default": env.database(default="postgres://gridwork:gridwork@127.0.0.1:5432/gridwork")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
