"""The rules, one a file, in one ordered tuple; `run` applies them and distrusts each."""
