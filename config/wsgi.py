"""Entry point of the web server."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
application = get_wsgi_application()

from config.checks import refuse_unsafe  # noqa: E402  (the apps must be loaded)

refuse_unsafe()
_ = get_resolver().url_patterns  # all pages are loaded now: nobody waits for them with the first one
