"""The engine: a small program inside a site that checks and changes passwords there.

Outbound connections only. It calls the cluster over HTTPS, receives ids of work from its site's
queues, claims each item, does it with a changer, and answers. No secret value touches its disk.
"""

VERSION = "0.1.0"
