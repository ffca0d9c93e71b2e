"""Compile a policy, `.lumyn` or YAML, to a frozen decision table."""
