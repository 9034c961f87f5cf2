"""NetBox's query parameters: filters, lookups and filters that follow relations."""
