"""Memory: conversations that took place at meetups, imported ones too, and the map of the network that follows from them."""
