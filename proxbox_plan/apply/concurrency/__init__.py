"""Everything about objects edited since the plan: preconditions, If-Match, 412."""
