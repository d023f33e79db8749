"""Party organisations seated on the units of the hierarchy."""
