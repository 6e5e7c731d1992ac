"""How texts sound."""
