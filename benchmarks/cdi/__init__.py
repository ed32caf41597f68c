"""CDI-Bench: 40 questions over six sources of one company, against three rivals. `python -m benchmarks.cdi --help`."""
