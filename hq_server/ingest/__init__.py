"""What stores have written arrives here: each event once, in order, with its hash chain."""
