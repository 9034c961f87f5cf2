"""How objects of NetBox hang together: references, natural keys, cascade deletes, prerequisites."""
