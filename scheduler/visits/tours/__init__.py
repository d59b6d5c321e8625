"""Tour stops: the rooms of a visit, the turns in which people move between them, everybody's route (visits rule 19)."""
