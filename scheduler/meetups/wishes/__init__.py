"""What an organizer wishes of a meetup's plan: who is kept apart or together, tables, topics, and how the rounds are held."""
