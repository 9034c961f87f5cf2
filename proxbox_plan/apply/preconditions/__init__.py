"""What must hold before anything is written: an apply trusts nothing of a plan that it can check."""
