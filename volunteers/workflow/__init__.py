"""Workflow tables of volunteer service, one module per object; all of them are named here."""
