"""Protected health information: sealed once by intake, opened only by gateway and worklist.

`keys.py` derives every key from the site key; `vault.py` seals and opens groups. `audit.py` notes
who saw or did what; `audit_chain.py`, `audit_follower.py` chain and anchor it; `audit_verify.py`
and `audit_read.py` read it.
"""
