"""How organizations come to be, and who belongs to them."""
