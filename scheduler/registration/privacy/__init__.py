"""What we hold about people: said in public, deleted in time, handed over and erased when they ask (registration rules 6 and 7)."""
