"""NetBox's own rules, applied to what is desired: what it would refuse is known before anything is written."""
