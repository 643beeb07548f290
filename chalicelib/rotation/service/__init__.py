"""Use cases of rotation: offer what is due, hand it out once, record what came of it."""

from .answers import Answers
from .asking import Asking
from .claims import Claimed, Claimer, Claims
from .offering import Offering
from .ports import Ports
from .sweeping import Sweeping

__all__ = ["Answers", "Asking", "Claimed", "Claimer", "Claims", "Offering", "Ports", "Sweeping"]
