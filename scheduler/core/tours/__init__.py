"""Tour stops: the rooms of a visit, the turns in which people move between them, and who is where (visits rule 19)."""
