"""Delivery: nothing lost, nothing doubled. Knows no Faust.

    records -> decode -> [ inbox | load | step | save | outbox | ledger ] -> publish -> acknowledge
                          one database transaction

`processor.py` says what a processor is, `runner.py` takes a batch through the transaction,
`consume.py` is the loop of the services (the stream workers' loop is `streams/worker.py`),
`outbox.py` holds and relays what forms, files and timers have to say.
"""
