"""The people of a party: who comes, by the lead's hand or by a link for colleagues, and what they tell their host."""
