"""The role permissions of sites and engines."""

VIEW = "View Distributed Engine Configuration"
ADMINISTER = "Administer Distributed Engine Configuration"
