"""The applier: Plan -> NetBox -> Outcome: exactly the plan, in order, in bulk, with a lock and a journal."""
