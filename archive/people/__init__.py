"""Who works here: accounts, ways to sign in, rights that take two people, access with a reason."""
