"""Inviting schools to a meetup by their contacts: who has answered, who is reminded, and the contact's own page (rule 19)."""
