"""One machine, demo data, started by ``make demo``. Never for real residents' data.

Its secrets are fixed so that demo data survive a restart; production refuses them (config/checks.py).
"""

from config import env
from config.demo_secrets import PERSONAL_KEYS, SEAL_KEY, SECRET_KEY  # noqa: F401

from .base import *  # noqa: F403

DEMO = True
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
DATABASES = {"default": env.database(default="postgres://gridwork:gridwork@127.0.0.1:5432/gridwork")}
