"""One module per group of rows; each has ``measure(world) -> list[Row]``."""
