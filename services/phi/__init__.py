"""Protected health information: sealed once by intake, opened only by gateway and worklist.

`keys.py` derives every key from the site key; `vault.py` seals and opens groups.
"""
