"""The hospital's end of the line to its payers: claims out as 837 files, answers in, the ledger.

    submitted -> ready -> file -> payer              `process.py`, `door.py`, `claims.py`, `send.py`
    decided (by a person) -> a move of the claim     `process.py`, `moves.py`
    answer file -> one transaction                    `receive.py`, `understand.py`
        999, TA1, 277CA -> acknowledged               `answers.py`, `events.py`
        835 -> postings, adjudicated, suspense        `post.py`, `book.py`, `follow.py`

`store.py`, `moves.py`, `ledger.py`, `items.py` hold the SQL, `service.py` the loop, `wiring.py`
puts it together; `exchange.py` and `kinds.py` are what people see.
"""
