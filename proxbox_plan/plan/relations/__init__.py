"""How objects of NetBox depend on each other: references, natural keys, cascade deletes, prerequisites."""
