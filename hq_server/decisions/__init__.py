"""What takes two people: one asks for it, another agrees, and only then it is done."""
