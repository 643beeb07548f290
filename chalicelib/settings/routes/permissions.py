"""The role permissions that the configuration asks for."""

VIEW, ADMINISTER = "View Configuration", "Administer Configuration"
VIEW_UNLIMITED = "View Configuration Unlimited Admin"
ADMINISTER_UNLIMITED = "Administer Configuration Unlimited Admin"
