"""What everything else stands on: errors, the canonical form, redaction, moments, progress. Imports nothing of ours."""
