"""Jobs of the vault: each calls one use case."""

from __future__ import annotations

from chalicelib import wiring
from chalicelib.core.tick import Tally, Tick


def check_in_what_is_over(tick: Tick) -> Tally:
    """CheckOutMonitor."""
    return wiring.checkouts().check_in_what_is_over(tick.now)


def warn_of_expiries(tick: Tick) -> Tally:
    """ExpiringSecretTaskTriggerJob."""
    return wiring.expiries().warn(tick.now)


def judge_passwords(tick: Tick) -> Tally:
    """PasswordRequirementTriggerJob."""
    return wiring.requirements().judge_what_is_asked()


def apply_policies(tick: Tick) -> Tally:
    """ProcessSecretPolicyChangesMessage."""
    return wiring.policy_changes().run(tick.deadline)


def expose_fields(tick: Tick) -> Tally:
    """Process Field Encryption Changes Task."""
    return wiring.field_changes().run(tick.deadline)


def index_secrets(tick: Tick) -> Tally:
    """SecretItemHashMonitor."""
    return wiring.search_rebuilding().run(tick.at, tick.deadline)


def erase_what_is_approved(tick: Tick) -> Tally:
    """Part of PrimaryNodeTaskMonitor."""
    return wiring.erasing().carry_out_due(tick.now, tick.deadline)
