"""X12 without I/O: bytes in, typed transactions out, and the reverse.

    segments -> envelope -> claim837 | remit835 | ack999 | ta1 | status277 -> document

`errors.py` holds every rule a file can break. Nothing here reads a clock, a file or a setting.
"""
