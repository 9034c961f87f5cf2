"""The base of all packages: errors, the canonical form, redaction, moments, progress. Imports nothing of ours."""
