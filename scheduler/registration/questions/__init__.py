"""The host's own questions: written for a gathering, answered by its parties and their people, read by hosts and at the door."""
