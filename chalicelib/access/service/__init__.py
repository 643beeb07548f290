"""The use cases of access: log in and out, be recognised, manage users, groups and roles."""
