"""The role permissions that nodes ask for."""

VIEW, ADMINISTER = "View Nodes", "Administer Nodes"
