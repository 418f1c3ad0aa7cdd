"""The SQL of the four processors: how the state of a batch's keys is loaded and saved.

One query a table to load, one statement a table to save, whatever the size of the batch. The
runner holds the lock of the batch's partitions, so the rows of a key have one writer at a time;
only rows that many keys share (accuracy's buckets) are locked, in sorted order.
"""
