"""Giving a secret another template: which value goes to which field. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from chalicelib.core.errors import Invalid
from chalicelib.core.plain import Plain

from .homes import Homes
from .secret import Secret
from .state import ChangeResult, SecretState
from .templates import PLACE_PARTS, Template, TemplateField


@dataclass(frozen=True, slots=True)
class Move:
    """A value that goes from one field to another."""

    source: TemplateField
    target: TemplateField

    @property
    def fits(self) -> bool:
        """Whether nobody sees more of the value than before: search and viewers included."""
        source, target = self.source, self.target
        is_hidden = target.is_password or not source.is_password
        is_kept = target.needs_edit or not source.needs_edit
        return source.is_file is target.is_file and is_hidden and is_kept


def usual(before: Template, after: Template) -> tuple[Move, ...]:
    """What goes where if nobody says so: the same part of an account, slug or name."""
    found: dict[int, Move] = {}
    for target in after.fields:
        used = {one.source.id for one in found.values()}
        for source in _alike(before, after, target):
            move = Move(source, target)
            if source.id not in used and move.fits:
                found[target.id] = move
                break
    return tuple(found.values())


def _alike(before: Template, after: Template, target: TemplateField) -> Iterable[TemplateField]:
    part = next((part for part, slug in after.parts.items() if slug == target.slug), None)
    slugs = (before.parts.get(part, "") if part else "", target.slug)
    for slug in slugs:
        yield from (one for one in before.fields if one.slug == slug)
    yield from (one for one in before.fields if one.name.casefold() == target.name.casefold())


def chosen(before: Template, after: Template, pairs: Sequence[tuple[int, int]]) -> tuple[Move, ...]:
    """The moves that somebody asks for, by ids of source and target.

    Invalid for a field that is on neither template, comes twice, or does not fit.
    """
    sources = {one.id: one for one in before.fields}
    targets = {one.id: one for one in after.fields}
    if any(source not in sources or target not in targets for source, target in pairs):
        raise Invalid("fieldMapping names a field that is not on the template.")
    for ids in zip(*pairs, strict=True):
        if len(set(ids)) < len(pairs):
            raise Invalid("fieldMapping names a field twice.")
    moves = tuple(Move(sources[source], targets[target]) for source, target in pairs)
    for one in moves:
        if not one.fits:
            raise Invalid(
                f"{one.source.name} cannot become {one.target.name}: files stay files, passwords"
                " passwords, and what only editors see is not shown to viewers."
            )
    return moves


def converted(secret: Secret, kind: Template, moves: Iterable[Move]) -> Secret:
    """The secret with that template. No value is lost: those without a field are kept unseen.

    Its hooks are switched off: their arguments named fields of the other template.
    """
    known = {one.key: one for one in (*secret.values.values(), *secret.former)}
    homes = secret.homes if secret.homes.origin else Homes(secret.template_id)
    keys = {one.target.searched_as: one.source.stored_as for one in moves}
    homes = homes.given(kind, keys, known)
    shaped = homes.of(kind)
    slugs = {one.stored_as: one.slug for one in shaped.fields}
    return replace(
        secret,
        template=shaped,
        homes=homes,
        values={slugs[key]: one for key, one in known.items() if key in slugs},
        former=tuple(one for key, one in known.items() if key not in slugs),
        hooks=tuple(replace(one, is_active=False) for one in secret.hooks),
    )


def requirements(secret: Secret, moves: Iterable[Move]) -> dict[str, int]:
    """The requirements of its own that the passwords which move take along, by fields' keys."""
    own = secret.requirements
    keys = ((one.source.searched_as, one.target.searched_as) for one in moves)
    return {target: own[source] for source, target in keys if source in own}


def demand_idle(state: SecretState) -> None:
    """Raise Invalid while something works on the account that the template describes."""
    works = (state.heartbeat_item, state.change_item, state.after_check_in, state.runs)
    if any(works) or state.is_out_of_sync or state.change is ChangeResult.PENDING:
        raise Invalid(
            "Another template can be given once the secret is in sync, and no work is under way on"
            " its account."
        )


def goes_elsewhere(
    before: Secret, old: Mapping[str, Plain], after: Secret, new: Mapping[str, Plain]
) -> bool:
    """Whether its values are sent to another place from now on. old, new: values by slug."""
    if before.template.changer != after.template.changer:
        return bool(after.template.changer)
    parts = (before.template.parts, after.template.parts)
    nothing = Plain("")
    return any(
        not old.get(parts[0].get(one, ""), nothing).same(new.get(parts[1].get(one, ""), nothing))
        for one in PLACE_PARTS
    )


def told(before: Secret, after: Secret, moves: Sequence[Move]) -> str:
    """What the trail says: which field became which, and what has none now. No value."""
    moved = [f"{one.source.name} to {one.target.name}" for one in moves]
    shown = {one.key for one in after.values.values()}
    left = [
        one.name
        for one in before.template.fields
        if before.value_of(one.slug) and one.stored_as not in shown
    ]
    parts = [f"{before.template.name} to {after.template.name}", ", ".join(moved)]
    if left:
        parts.append(f"kept unseen: {', '.join(left)}")
    return "; ".join(one for one in parts if one)[:900]
