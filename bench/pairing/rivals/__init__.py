"""Other ways to make a plan, for comparison; each file has one function `plan(instance, seconds, seed)`."""
