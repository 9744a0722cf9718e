"""The library: players, activities and events that planners keep and put together.

A document is a piece of an event file, as plain data and as it was written (`plain`): a player is
an entry of `players`, an activity one of `activities`, an event all the rest of a file. Which
players and activities of the library an event uses stands beside its document.
"""
