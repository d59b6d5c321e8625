"""The mail of the whole network for those who look after it: what went, what did not and why, and sending it again."""
