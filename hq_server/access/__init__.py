"""Who may do what at head office: users, roles, sessions, keys for programs, and the record of who did what."""
