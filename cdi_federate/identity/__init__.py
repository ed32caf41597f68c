"""Building the crosswalk: an application of a federation."""
