"""What people use of their plans, and how they hear of it."""
