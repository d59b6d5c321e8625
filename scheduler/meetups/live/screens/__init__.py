"""Big screens, phones and the help desk: what everybody in the room sees while the rounds run (rounds rules 11-13)."""
