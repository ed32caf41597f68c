"""Benchmarks; never in the test run. Ratios in one run count, single times do not: machines are noisy."""
