"""Pages of reports and the home page."""
