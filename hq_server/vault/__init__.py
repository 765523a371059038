"""Head office's money: what is booked, granted, recalled and placed, over any storage that can keep it (books.py)."""
