"""The problems; each module is one, as `tests.benchmarks.problem` says."""
