"""Petition tickets (接诉即办): intake, the loop with its clocks, chasing, callback, rates."""
