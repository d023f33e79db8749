"""Static files without what only a developer needs."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class PublishedFilesConfig(StaticFilesConfig):
    """``collectstatic`` leaves out the script and the records of ``static/vendor``; licences are published."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "*.py", "*.mjs", "__pycache__", "README.md", "manifest.json"]
