"""What people are told: messages in their inbox."""
