"""How people come back in, and to another address: by tokens that are mailed to them."""
