"""Client of NetBox's REST API over netbox-sdk: retries reads, never repeats an uncertain write."""
