"""The demonstration: a believable hospital month in about two minutes, on the real thing.

`run.py` starts everything, loads encounters, watches the loop until it rests and sums it up;
`staff.py` are simulated coders and billers who work through the same pages a person uses.
"""
