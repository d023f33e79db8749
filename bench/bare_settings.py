"""Settings of the bare view: the same database and driver, no middleware."""

from config.settings.test import *  # noqa: F403

MIDDLEWARE = []
ROOT_URLCONF = "bench.bare"
