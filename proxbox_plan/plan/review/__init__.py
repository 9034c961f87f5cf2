"""Review: the changes of a plan with their classes, what is held, and a plan for each class."""
