"""The packaged tables of the code sets, and the scripts that wrote them."""
