"""The demo's sample: a company's knowledge, its people, and what they have said."""
