"""Project configuration: settings, URLs, Celery, profiles. The only package that knows every other."""
