"""Entry point of the web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
application = get_wsgi_application()

from django.urls import get_resolver  # noqa: E402  (the apps must be loaded)

from config.checks import refuse_unsafe  # noqa: E402

refuse_unsafe()
_ = get_resolver().url_patterns  # all pages are loaded now: nobody waits for them with the first one
