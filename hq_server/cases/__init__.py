"""Cases: what a store that is gone or cut off had of each account, and what head office did about it."""
