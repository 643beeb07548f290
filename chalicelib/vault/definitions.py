"""All templates, requirements and secret policies of a cluster, as of an epoch of the gate. Pure.

They are few and seldom written, so each process keeps them all: reading a secret costs no call for
them. Built-in ones are code; a stored one of the same id, made by changing it, counts instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from chalicelib.core.errors import Invalid, NotFound

from .built_in import BUILT_IN
from .character_set import CHARACTER_SETS, CharacterSet
from .field_ids import template_of_field
from .policy import Policy
from .requirement import DEFAULT, REQUIREMENTS, Requirement
from .secret import Secret
from .templates import Template, TemplateField
from .workflow import Workflow

EPOCH = "templates"
NONE_OF_ITS_OWN: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Definitions:
    templates: Mapping[int, Template]
    requirements: Mapping[int, Requirement]
    policies: Mapping[int, Policy] = field(default_factory=lambda: MappingProxyType({}))

    workflows: Mapping[int, Workflow] = field(default_factory=lambda: MappingProxyType({}))
    sets: Mapping[int, CharacterSet] = field(default_factory=lambda: CHARACTER_SETS)

    def template(self, id: int) -> Template:
        """The template of that id. NotFound when there is none."""
        try:
            return self.templates[id]
        except KeyError:
            raise NotFound("The secret template was not found.") from None

    def of_secret(self, id: int, own: Mapping[str, int] = NONE_OF_ITS_OWN) -> Template:
        """The template of a stored secret. One that only newer code knows has no fields here.

        A list must not fail for a secret of a node that is upgraded already.
        own: the requirements that the secret has instead of the template's, by fields' keys
        """
        kind = self.templates.get(id) or Template(id, "Unknown template", ())
        return _ruled(kind, self.requirements, own) if own else kind

    def with_requirements(self, secret: Secret, wanted: Mapping[str, int]) -> Secret:
        """The secret with these requirements for its passwords, by slug; 0 is the template's.

        NotFound for no requirement, Invalid for no password.
        """
        own = dict(secret.requirements)
        for slug, id in wanted.items():
            one = secret.template.by_slug(slug)
            if not one.is_password:
                raise Invalid(f"{one.name} is no password: it has no requirement.")
            own[one.searched_as] = self.requirement(id).id if id else 0
        own = {key: id for key, id in own.items() if id}
        kind = secret.homes.of(self.of_secret(secret.template_id, own))
        return replace(secret, requirements=own, template=kind)

    def field(self, id: int) -> tuple[Template, TemplateField]:
        """A field and its template by the field's id. NotFound when there is none."""
        owner = self.templates.get(template_of_field(id))
        if owner is None:
            raise NotFound("The template field was not found.")
        return owner, owner.by_id(id)

    def requirement(self, id: int) -> Requirement:
        """The requirement of that id. NotFound when there is none."""
        try:
            return self.requirements[id]
        except KeyError:
            raise NotFound("The password requirement was not found.") from None

    def policy(self, id: int) -> Policy:
        """The policy of that id. NotFound when there is none."""
        try:
            return self.policies[id]
        except KeyError:
            raise NotFound("The secret policy was not found.") from None

    def counting(self, id: int) -> Policy | None:
        """The policy of that id, if it says anything to secrets: None for 0, and once inactive."""
        found = self.policies.get(id)
        return found if found and found.is_active else None

    def workflow(self, id: int) -> Workflow:
        """The workflow of that id. NotFound when there is none."""
        try:
            return self.workflows[id]
        except KeyError:
            raise NotFound("The workflow template was not found.") from None

    def character_set(self, id: int) -> CharacterSet:
        """The set of that id. NotFound when there is none."""
        try:
            return self.sets[id]
        except KeyError:
            raise NotFound("The character set was not found.") from None

    def usable_set(self, id: int) -> CharacterSet:
        """The set that a request names in its body. Invalid for none, and for an inactive one."""
        found = self.sets.get(id)
        if found is None or not found.is_active:
            raise Invalid(f"The character set {id} was not found.")
        return found

    @property
    def default(self) -> Requirement:
        """What a new password field gets that asks for no other."""
        found = (one for one in self.requirements.values() if one.is_default)
        return next(found, DEFAULT)

    def used_by(self, requirement_id: int) -> list[Template]:
        """The templates with a field whose passwords must meet that requirement."""
        return [
            kind
            for kind in self.templates.values()
            if any(one.requirement == requirement_id for one in kind.fields)
        ]


def definitions_of(
    templates: Iterable[Template] = (),
    requirements: Iterable[Requirement] = (),
    policies: Iterable[Policy] = (),
    workflows: Iterable[Workflow] = (),
    sets: Mapping[int, CharacterSet] = CHARACTER_SETS,
) -> Definitions:
    """The built-in ones and the stored ones, each field with what its requirement says."""
    known = {**REQUIREMENTS, **{one.id: one for one in requirements}}
    if sum(one.is_default for one in known.values()) > 1:
        known[DEFAULT.id] = replace(known[DEFAULT.id], is_default=False)
    kinds = {**BUILT_IN, **{one.id: one for one in templates}}
    ruled = {id: _ruled(kind, known) for id, kind in kinds.items()}
    said = {one.id: one for one in policies}
    flows = {one.id: one for one in workflows}
    return Definitions(*map(MappingProxyType, (ruled, known, said, flows, sets)))  # type: ignore[arg-type]


def _ruled(
    kind: Template,
    known: Mapping[int, Requirement],
    own: Mapping[str, int] = NONE_OF_ITS_OWN,
) -> Template:
    def ruled(one: TemplateField) -> TemplateField:
        found = known.get(own.get(one.searched_as, 0))
        requirement = found.id if found else one.requirement
        return replace(one, requirement=requirement, rules=known.get(requirement or 0))

    return replace(kind, all_fields=tuple(map(ruled, kind.all_fields)))


AS_BUILT = definitions_of()
"""Of a cluster in which nobody has changed any."""
