"""The crosswalk store: the side that queries read."""
