"""Events to tables: the same in whichever order and batches they come."""
