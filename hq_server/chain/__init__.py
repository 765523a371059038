"""What the chain is: name, currency, its certificate authority and signing key."""
