"""The kit: scope, workflow, events, jobs, reporting, import, calendar, crypto, generic pages. No domain word in it."""
