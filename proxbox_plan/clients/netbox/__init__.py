"""NetBox's REST API over netbox-sdk: reads that retry, writes that never guess."""
