"""Questions about workers, grades and pay that more than one place asks."""
