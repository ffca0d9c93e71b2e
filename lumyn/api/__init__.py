"""The HTTP service: the same gateway for callers in any language, and a page for people. Needs the extra `service`."""
