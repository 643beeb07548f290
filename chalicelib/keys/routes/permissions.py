"""What the API of keys asks of a role."""

ROTATE = "Rotate Encryption Keys"
VIEW, ADMINISTER = "View Key Management", "Administer Key Management"
