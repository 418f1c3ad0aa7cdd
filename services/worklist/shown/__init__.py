"""An item as a page shows it: values, in plain words."""
