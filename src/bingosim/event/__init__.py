"""What is simulated: events, their files, the catalog of activities, and snapshots.

Nothing here knows of databases, arrays or random numbers.
"""
