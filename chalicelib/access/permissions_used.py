"""The role permissions that something in Conclave asks for: a test finds each of them."""

from __future__ import annotations

from .permission import Permission

USED: tuple[Permission, ...] = (
    Permission(
        1, "Add Secret", "Make secrets in folders where a grant lets one add them.", user=True
    ),
    Permission(
        2,
        "View Secret",
        "See secrets that one has a grant on, and their values.",
        user=True,
        read_only=True,
    ),
    Permission(
        3,
        "Edit Secret",
        "Change values, settings and passwords of secrets with the grant Edit.",
        user=True,
    ),
    Permission(4, "Delete Secret", "Delete secrets that one owns.", user=True),
    Permission(5, "Own Secret", "Share secrets that one owns, and set their rules.", user=True),
    Permission(6, "Copy Secret", "Copy secrets that one may edit.", user=True),
    Permission(
        8, "View Secret Audit", "See what was done with a secret.", user=True, read_only=True
    ),
    Permission(
        9,
        "View Secret Password History",
        "See former values of a secret's fields.",
        user=True,
        read_only=True,
    ),
    Permission(
        10, "View Deleted Secrets", "See and restore deleted secrets that one has a grant on."
    ),
    Permission(
        11, "View Folders", "See folders that one has a grant on.", user=True, read_only=True
    ),
    Permission(
        12,
        "Administer Folders",
        "Make folders below others; rename, move and share those with a grant.",
        user=True,
    ),
    Permission(13, "Create Root Folders", "Make folders that lie in no other."),
    Permission(
        14, "View Secret Templates", "See templates and their fields.", user=True, read_only=True
    ),
    Permission(15, "Administer Secret Templates", "Make and change templates and their fields."),
    Permission(
        16,
        "View Password Requirements",
        "See password requirements and character sets.",
        user=True,
        read_only=True,
    ),
    Permission(17, "Administer Password Requirements", "Make and change password requirements."),
    Permission(18, "Force Check In", "Check in what somebody else has checked out."),
    Permission(20, "View Users", "See users and who owns them."),
    Permission(21, "Administer Users", "Make, change, lock and disable users."),
    Permission(22, "Administer Create Users", "Make users, without changing those that are there."),
    Permission(23, "View Groups", "See groups and their members."),
    Permission(24, "Administer Groups", "Make and change groups, their members and owners."),
    Permission(25, "View Group Roles", "See which roles a group has."),
    Permission(26, "View Roles", "See roles, what they hold, and who has them."),
    Permission(27, "Administer Role Assignment", "Give roles to users and groups, and take them."),
    Permission(28, "Administer Role Permissions", "Make roles and say what they hold."),
    Permission(
        29,
        "Administer Create Application Accounts",
        "Let applications make accounts by rules, and end these.",
    ),
    Permission(
        30,
        "View User Audit Report",
        "See what was done by and to users, the whole trail, and its export.",
    ),
    Permission(31, "Own Group", "Change the members of groups that one owns."),
    Permission(32, "Own User", "Change users that one owns."),
    Permission(33, "Personal Folders", "Have a folder of one's own.", user=True),
    Permission(35, "View Configuration Security", "See what browsers are told about https."),
    Permission(
        36, "Administer Configuration Security", "Change what browsers are told about https."
    ),
    Permission(
        37,
        "View Configuration Two Factor",
        "See how log-in goes, and whether a second factor is wanted.",
    ),
    Permission(
        38, "Administer Configuration Two Factor", "Say whether everybody needs a second factor."
    ),
    Permission(40, "View Nodes", "See the nodes of the cluster."),
    Permission(
        41, "Administer Nodes", "Change nodes: their boxes, their maintenance mode; upgrade."
    ),
    Permission(42, "View System Log", "Read the logs of Diagnostics."),
    Permission(
        43, "Administer System Log", "Read the logs of Diagnostics, and clear the errors of jobs."
    ),
    Permission(44, "View Configuration", "See the configuration, jobs and queues."),
    Permission(
        45, "Administer Configuration", "Change the configuration; run, pause and schedule jobs."
    ),
    Permission(
        46, "View About", "See which version and node one works with.", user=True, read_only=True
    ),
    Permission(
        47, "View Distributed Engine Configuration", "See sites, their connectors and engines."
    ),
    Permission(
        48,
        "Administer Distributed Engine Configuration",
        "Change sites and connectors; approve engines.",
    ),
    Permission(49, "View Remote Password Changing", "See password types.", user=True),
    Permission(50, "Administer Remote Password Changing", "Change password types."),
    Permission(51, "Administer Key Management", "Change how keys are kept."),
    Permission(52, "Rotate Encryption Keys", "Seal all secrets under a new data key."),
    Permission(53, "View Backup", "See backups, their log and replicas."),
    Permission(54, "Administer Backup", "Back up, and say when and where."),
    Permission(55, "View IP Addresses", "See allow-lists of addresses and whom they bind."),
    Permission(
        56,
        "Administer IP Addresses",
        "Make allow-lists of addresses and bind users and groups to them.",
    ),
    Permission(57, "View Licenses", "See licences and activations."),
    Permission(58, "Administer Licenses", "Install, activate and remove licences."),
    Permission(60, "View Key Management", "See which keys there are and how their rotation goes."),
    Permission(61, "View Search Indexer", "See how the search index stands."),
    Permission(62, "Administer Search Indexer", "Set the search index up and build it anew."),
    Permission(63, "View DoubleLock Keys", "See all DoubleLocks, not only one's own."),
    Permission(64, "View OpenID Connect", "See the providers of OpenID Connect."),
    Permission(
        65, "Administer OpenID Connect", "Make, change and remove providers of OpenID Connect."
    ),
    Permission(66, "Administer DoubleLock Keys", "Make DoubleLocks and say who holds them."),
    Permission(
        67, "Approve Secret Erase", "Approve that a secret is erased for good. Conclave's own."
    ),
    Permission(70, "View Secret Policy", "See secret policies."),
    Permission(71, "Administer Secret Policy", "Make and change secret policies."),
    Permission(72, "Assign Secret Policy", "Give secrets and folders a policy."),
    Permission(73, "Administer Workflows", "Make and change workflow templates."),
    Permission(80, "View Export", "See exports and who asked for them."),
    Permission(81, "Administer Export", "Export secrets that one may view."),
    Permission(82, "Advanced Import", "Import secrets from files."),
    Permission(83, "View Dual Control", "See whether two people are needed for exports."),
    Permission(
        84,
        "Administer Dual Control",
        "Say whether two people are needed for exports; be the second.",
    ),
    Permission(
        90, "View Configuration Unlimited Admin", "See whether unlimited administration is on."
    ),
    Permission(
        91,
        "Administer Configuration Unlimited Admin",
        "Switch unlimited administration on and off.",
    ),
    Permission(
        92,
        "Unlimited Administrator",
        "Own every secret and folder while unlimited administration is on.",
    ),
    Permission(
        93, "View Lists", "See lists and their values. Conclave's own.", user=True, read_only=True
    ),
    Permission(94, "Administer Lists", "Make and change lists. Conclave's own."),
    Permission(
        99,
        "Administer Metadata",
        "Make fields of metadata; change metadata of everything. Conclave's own.",
    ),
    Permission(
        208,
        "Administer Custom Password Requirements",
        "Give one secret a password requirement of its own.",
    ),
    Permission(
        217, "Administer Scripts", "Make and change scripts that hooks run, and see them whole."
    ),
    Permission(250, "View Scripts", "See scripts that hooks run."),
    Permission(
        1001, "Administer Dead Letters", "Replay and drop messages that failed. Conclave's own."
    ),
)
