"""The live desk of a meetup: a clock, late arrivals and no-shows, plans made anew for the rounds to come (rounds rules 8 and 11)."""
