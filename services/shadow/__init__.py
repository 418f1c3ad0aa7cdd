"""The shadow pilot: what a host's billing system sent and got back, measured, never sent."""
