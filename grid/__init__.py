"""The hierarchy: units from district to building group, departments, households and posts."""
