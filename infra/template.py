"""Reads the CloudFormation pages of a cluster, and makes their resources through the APIs.

CloudFormation makes them on AWS and in the local run. Tests on moto use `load`: moto knows no
GlobalTable, and the whole cluster is made anew for each test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from infra.aws import account
from infra.makers import MAKERS, Made

CLUSTER_TEMPLATE = Path(__file__).with_name("cluster.yaml")
NODE_TEMPLATE = Path(__file__).with_name("node.yaml")

_IN_SUB = re.compile(r"\$\{([^}]+)\}")


def load(cluster: str, **parameters: str) -> None:
    """Make every resource of cluster.yaml, in the region and account of the environment."""
    page = read(CLUSTER_TEMPLATE)
    given = {**defaults(CLUSTER_TEMPLATE), **parameters, "Cluster": cluster}
    Loading(given, conditions=page["Conditions"]).make_all(page["Resources"])


@cache
def read(path: Path) -> dict[str, Any]:
    """A template with its short tags (`!Ref`, `!Sub`, `!GetAtt`) written out."""
    parsed: dict[str, Any] = yaml.load(path.read_text("utf-8"), _Tags)  # noqa: S506 (safe loader)
    return parsed


def defaults(path: Path) -> dict[str, Any]:
    """What a template's parameters are unless they are given."""
    pages = read(path).get("Parameters", {}).items()
    return {name: page["Default"] for name, page in pages if "Default" in page}


def resources(path: Path, kind: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of one type, by logical name."""
    found = read(path)["Resources"].items()
    return {name: one.get("Properties", {}) for name, one in found if one["Type"] == kind}


def described(path: Path, parameters: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """The properties of a template's resources by type, with the names they have once made.

    Identifiers that AWS chooses (a key's id, a queue's URL) are stood in for by logical names.
    """
    whole, found = read(path), dict[str, list[dict[str, Any]]]()
    reading = Reading({**defaults(path), **parameters}, conditions=whole.get("Conditions", {}))
    reading.pages = whole["Resources"]
    for page in filter(reading.is_wanted, reading.pages.values()):
        found.setdefault(page["Type"], []).append(reading.resolve(page.get("Properties", {})))
    return found


@dataclass(slots=True)
class Loading:
    """One run through a template: what it was asked for and what is made so far."""

    parameters: Mapping[str, Any]
    made: dict[str, Made] = field(default_factory=dict)
    pages: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)

    def make_all(self, pages: Mapping[str, Any]) -> None:
        self.pages = pages
        for name, page in pages.items():
            if self.is_wanted(page):
                self.make(name)

    def is_wanted(self, page: Mapping[str, Any]) -> bool:
        """Whether the resource's condition holds."""
        return "Condition" not in page or self.holds(page["Condition"])

    def holds(self, condition: str) -> bool:
        return bool(self.resolve(self.conditions[condition]))

    def make(self, name: str) -> Made:
        """The resource of that logical name; what it refers to is made before it."""
        if name not in self.made:
            page = self.pages[name]
            properties = self.resolve(page.get("Properties", {}))
            self.made[name] = MAKERS[page["Type"]](properties)
        return self.made[name]

    def resolve(self, value: Any) -> Any:
        """A value of the template with its references filled in."""
        if isinstance(value, list):
            found = [self.resolve(one) for one in value]
            return [one for one in found if one is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in _FUNCTIONS:
                return _FUNCTIONS[name](self, argument)
        return {name: self.resolve(one) for name, one in value.items()}

    def sub(self, argument: Any) -> str:
        """A text with names in it; in the longer form some of them are given beside it."""
        text, beside = argument if isinstance(argument, list) else (argument, {})
        given = {name: self.resolve(one) for name, one in beside.items()}
        return _IN_SUB.sub(lambda match: str(self.name(match[1], given)), text)

    def choose(self, argument: Any) -> Any:
        condition, then, otherwise = argument
        return self.resolve(then if self.holds(condition) else otherwise)

    def name(self, dotted: str, given: Mapping[str, str] | None = None) -> Any:
        """What `Name` (parameter or resource) or `Name.Attribute` stands for."""
        if given and dotted in given:
            return given[dotted]
        if dotted == "AWS::NoValue":
            return NO_VALUE
        if dotted in self.parameters:
            return self.parameters[dotted]
        if dotted.startswith("AWS::"):
            return account()[dotted]
        logical, _, attribute = dotted.partition(".")
        made = self.make(logical)
        return made.attributes[attribute] if attribute else made.ref


NO_VALUE = object()
"""What the template leaves out, where a condition does not hold."""


def _is_same(loading: Loading, argument: Any) -> bool:
    one, other = loading.resolve(argument)
    return bool(one == other)


_FUNCTIONS: Mapping[str, Callable[[Loading, Any], Any]] = {
    "Ref": Loading.name,
    "Fn::GetAtt": Loading.name,
    "Fn::Sub": Loading.sub,
    "Fn::If": Loading.choose,
    "Fn::Equals": _is_same,
    "Fn::Not": lambda loading, argument: not loading.resolve(argument[0]),
}


class Reading(Loading):
    """A run through a template that makes nothing."""

    def make(self, name: str) -> Made:
        return Made(name, _Unmade(self.resolve(self.pages[name].get("Properties", {}))))


class _Unmade(dict[str, str]):
    """Stands in for the attributes of a resource; of a queue the ARN is known beforehand."""

    def __missing__(self, attribute: str) -> str:
        if attribute == "Arn" and "QueueName" in self:
            here = account()
            place = f"{here['AWS::Region']}:{here['AWS::AccountId']}"
            return f"arn:{here['AWS::Partition']}:sqs:{place}:{self['QueueName']}"
        return attribute


class _Tags(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A safe YAML loader that writes CloudFormation's short tags out."""


def _long_form(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    name = tag if tag in {"Ref", "Condition"} else f"Fn::{tag}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    raise ValueError(f"!{tag} of a mapping is not used in our templates")


_Tags.add_multi_constructor("!", _long_form)
