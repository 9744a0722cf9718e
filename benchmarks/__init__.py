"""Speed, shown as ratios measured side by side in one run: `make bench`.

Absolute figures depend on the machine and on what else it does; a ratio of two things measured in
turn, A B A B …, much less. Medians are what to quote.
"""
