"""The hospital's end of the line to its payers: claims out as 837P files, answers in.

    submitted -> ready -> file -> to_payer          `process.py`, `claims.py`, `send.py`
    from_payer -> one transaction a file             `receive.py`, `understand.py`
               -> 999, TA1, 277CA -> acknowledged    `answers.py`, `events.py`
               -> 835 -> postings, adjudicated       `postings.py`, `events.py`

`folders.py` is all that touches the exchange folders, `store.py` and `ledger.py` all SQL,
`service.py` the loop, `wiring.py` puts it together.
"""
