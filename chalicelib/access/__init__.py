"""Who may come in and what for: users, groups, roles, tokens, the first administrator."""
