"""Where people are and where data is: everything that talks to the outside."""
