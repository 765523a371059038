"""Head office of a chain: the books, the members, the stores' gateways, and the pages that show them."""
