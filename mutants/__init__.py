"""Breaks the code on purpose, one place at a time, to see whether a test notices: mutation testing.

`rules` says what is broken, `sample` which of it, `evidence` which tests run a place, `trial` whether they notice,
and `page` writes it down. A library does the same for the insides of functions; half of our promises are constants
and calls that are left out, and their own list of what matters stands in `plan.toml`.
"""
