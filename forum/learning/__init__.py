"""What people say of the machine, and what the site makes of it: its cuts, its words, and who reads next."""
