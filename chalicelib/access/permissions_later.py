"""Role permissions of the field that nothing asks for yet: whoever holds them, can no more.

They are here so that roles of the field can be made as they are. What comes to ask for one moves
it to `permissions_used`.
"""

from __future__ import annotations

from .permission import Permission

LATER: tuple[Permission, ...] = (
    Permission(
        7,
        "View Launcher Password",
        "See passwords of secrets with a launcher; there are no launchers.",
        user=True,
        read_only=True,
    ),
    Permission(
        201, "Access Offline Secrets on Mobile", "Keep secrets on a phone.", administrator=False
    ),
    Permission(202, "Add Secret Custom Audit", "Add lines of one's own to a secret's trail."),
    Permission(
        203, "Administer Active Directory", "Set directories up, and synchronise with them."
    ),
    Permission(204, "Administer Configuration Proxying", "Set up how sessions are proxied."),
    Permission(205, "Administer Configuration SAML", "Set up log-in by SAML."),
    Permission(
        206, "Administer Configuration Session Recording", "Set up how sessions are recorded."
    ),
    Permission(
        207, "Administer ConnectWise Integration", "Set up folders that follow ConnectWise."
    ),
    Permission(
        209, "Administer Data Retention", "Say how long the trail is kept.", administrator=False
    ),
    Permission(210, "Administer Discovery", "Set discovery up and run it."),
    Permission(211, "Administer Event Subscriptions", "Subscribe people to events."),
    Permission(212, "Administer HSM", "Keep keys in a hardware module; AWS KMS does it here."),
    Permission(213, "Administer Languages", "Add languages."),
    Permission(214, "Administer Pipelines", "Make event pipelines."),
    Permission(215, "Administer Reports", "Make and change reports."),
    Permission(216, "Administer SSH Menus", "Say which commands a session may run."),
    Permission(218, "Administer Security Analytics", "Set up analysis of behaviour."),
    Permission(219, "Administer Session Monitoring", "End sessions of others and speak into them."),
    Permission(220, "Administer Teams", "Make teams, which do not see each other."),
    Permission(
        221, "Administer Template Custom Columns", "Say which columns lists of secrets have."
    ),
    Permission(
        222,
        "Allow Access Challenge",
        "Be asked to prove oneself when one behaves oddly.",
        administrator=False,
    ),
    Permission(223, "Approve Via Duo Push", "Approve requests by Duo.", administrator=False),
    Permission(224, "Assign Pipelines", "Give folders an event pipeline."),
    Permission(225, "Bypass SAML Login", "Log in by name and password where SAML is wanted."),
    Permission(226, "Delete Secrets from Reports", "Delete many secrets from a report."),
    Permission(227, "Expire Secrets from Reports", "Expire many secrets from a report."),
    Permission(
        228, "Privilege Manager Administrator", "Administer Privilege Manager, another product."
    ),
    Permission(
        229, "Privilege Manager Helpdesk User", "Help users of Privilege Manager, another product."
    ),
    Permission(
        230,
        "Privilege Manager MacOS Admin",
        "Administer Privilege Manager on macOS, another product.",
    ),
    Permission(
        231,
        "Privilege Manager User",
        "Use Privilege Manager, another product.",
        administrator=False,
    ),
    Permission(
        232,
        "Privilege Manager Windows Administrator",
        "Administer Privilege Manager on Windows, another product.",
    ),
    Permission(
        233, "Session Recording Auditor", "See recordings of all sessions.", administrator=False
    ),
    Permission(234, "Unrestricted by Teams", "See users, groups and sites of all teams."),
    Permission(235, "User Audit Expire Secrets", "Expire all secrets that somebody has looked at."),
    Permission(236, "View Active Directory", "See directories."),
    Permission(237, "View Advanced Dashboard", "See the dashboard with all of its columns."),
    Permission(
        238,
        "View Advanced Secret Options",
        "See tabs of a secret that those who may view it see here anyway.",
    ),
    Permission(239, "View Configuration Proxying", "See how sessions are proxied."),
    Permission(240, "View Configuration SAML", "See how log-in by SAML is set up."),
    Permission(241, "View Configuration Session Recording", "See how sessions are recorded."),
    Permission(242, "View ConnectWise Integration", "See how folders follow ConnectWise."),
    Permission(243, "View Data Retention", "See how long the trail is kept.", administrator=False),
    Permission(244, "View Discovery", "See what discovery found."),
    Permission(245, "View Event Subscriptions", "See who is subscribed to which events."),
    Permission(246, "View HSM", "See whether keys are in a hardware module."),
    Permission(247, "View Pipelines", "See event pipelines."),
    Permission(248, "View Reports", "See reports and run them."),
    Permission(249, "View SSH Menus", "See which commands a session may run."),
    Permission(251, "View Security Analytics", "See how behaviour is analysed."),
    Permission(252, "View Security Hardening Report", "See how well the cluster is hardened."),
    Permission(253, "View Session Monitoring", "See which sessions go on."),
    Permission(
        254, "View Session Recording", "See recordings of sessions of secrets that one may view."
    ),
    Permission(255, "View Teams", "See teams."),
    Permission(
        256,
        "Web Services Impersonate",
        "Call the API in somebody else's name.",
        administrator=False,
    ),
)
