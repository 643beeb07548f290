"""The role permissions that the configuration asks for."""

VIEW, ADMINISTER = "View Configuration", "Administer Configuration"
