"""The web console: pages for people, made of static files that talk to the public API."""
