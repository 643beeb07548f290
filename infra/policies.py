"""The IAM policies of a node's functions as data: read, written for a cluster, and questioned.

The files in .chalice/ name the cluster `demo`; `written_for` gives the same for another cluster.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeAlias

POLICY_FOLDER = Path(__file__).parents[1] / ".chalice"
WRITTEN_FOR = "demo"

Policy: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something a function might try. `leading_key` is the partition key it would touch."""

    action: str
    resource: str
    leading_key: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)  # other condition keys


def policy_file(function: str) -> Path:
    return POLICY_FOLDER / f"policy-{function}.json"


def read_policy(function: str) -> Policy:
    """The policy of a function, for the cluster that the committed stages belong to."""
    found: Policy = json.loads(policy_file(function).read_text("utf-8"))
    return found


def written_for(cluster: str, text: str) -> str:
    """A policy's text with the resources of that cluster."""
    return (
        text.replace(f"conclave-{WRITTEN_FOR}-", f"conclave-{cluster}-")
        .replace(f'conclave-{WRITTEN_FOR}"', f'conclave-{cluster}"')
        .replace(f"/conclave/{WRITTEN_FOR}/", f"/conclave/{cluster}/")
    )


def statements(policy: Policy, effect: str = "Allow") -> Iterator[Mapping[str, Any]]:
    return (one for one in policy["Statement"] if one["Effect"] == effect)


def actions(policy: Policy) -> set[str]:
    """All actions that a policy allows on something."""
    return {action for one in statements(policy) for action in as_list(one["Action"])}


def allows(policy: Policy, attempt: Attempt) -> bool:
    """Would IAM let it happen? A denial wins; what nothing allows is denied."""
    denied = _matching(statements(policy, "Deny"), attempt)
    return not denied and _matching(statements(policy), attempt)


def as_list(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _matching(candidates: Iterable[Mapping[str, Any]], attempt: Attempt) -> bool:
    return any(
        _any_match(one["Action"], attempt.action)
        and _any_match(one["Resource"], attempt.resource)
        and _holds(one.get("Condition", {}), attempt)
        for one in candidates
    )


def _holds(condition: Mapping[str, Mapping[str, Any]], attempt: Attempt) -> bool:
    """Every condition our policies use compares one fact with patterns."""
    facts = {"dynamodb:LeadingKeys": attempt.leading_key, **attempt.facts}
    return all(
        _any_match(patterns, facts.get(key, ""))
        for tests in condition.values()
        for key, patterns in tests.items()
    )


def _any_match(patterns: str | Sequence[str], value: str) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in as_list(patterns))
