"""The hospital's end of the line to its payers: claims out as 837P files, answers in.

    submitted -> ready -> file -> to_payer          `process.py`, `claims.py`, `send.py`
    from_payer -> 999, TA1, 277CA -> acknowledged    `receive.py`, `answers.py`
               -> 835 -> postings, adjudicated       `receive.py`, `postings.py`

`folders.py` is all that touches the exchange folders, `store.py` all SQL, `service.py` the loop.
"""
