"""What attacks found and nothing closes yet: each test says what was promised, and fails as long as it is broken."""
