"""The role permissions that the configuration asks for."""

VIEW, ADMINISTER = "View Configuration", "Administer Configuration"
VIEW_UNLIMITED = "View Configuration Unlimited Admin"
ADMINISTER_UNLIMITED = "Administer Configuration Unlimited Admin"
VIEW_SECURITY = "View Configuration Security"
ADMINISTER_SECURITY = "Administer Configuration Security"
VIEW_TWO_FACTOR = "View Configuration Two Factor"
ADMINISTER_TWO_FACTOR = "Administer Configuration Two Factor"
