"""Measuring the engines: `bingosim bench`, and the goals of `make bench`.

Absolute figures depend on the machine and on what else it does; a ratio of two things measured in
turn, A B A B …, much less. Medians are what to quote.
"""
