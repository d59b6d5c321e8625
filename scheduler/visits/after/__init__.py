"""After a visit: packs to read, the debrief, "did you try it?", attendance certificates (visits rules 18 and 20)."""
