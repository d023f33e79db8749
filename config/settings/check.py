"""The tests' settings with the tools of ``make check`` that are Django apps."""

from .test import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "django_migration_linter"]
MIGRATION_LINTER_OPTIONS = {
    "no_cache": True,
    "include_apps": ["common", "grid", "accounts", "partyorgs", "petitions", "volunteers", "reports"],
    # A first migration creates tables that hold nothing yet; what it may not do is judged from the second on.
    "ignore_initial_migrations": True,
}
