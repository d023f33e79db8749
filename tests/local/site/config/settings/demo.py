"""Celery sets Django up when DJANGO_SETTINGS_MODULE names a module: this one."""

SECRET_KEY = "of a site that exists for the length of a test"
INSTALLED_APPS: list[str] = []
USE_TZ = True
