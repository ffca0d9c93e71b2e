"""The page for people: search and read decisions, and the policy, in a browser. Rendered here; no script runs there."""
