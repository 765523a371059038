"""What a chain brings with it: members, goods and past sales from files of people."""
