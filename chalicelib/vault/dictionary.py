"""Words that people make passwords of, and whether one is in a password. Pure."""

from __future__ import annotations

DICTIONARY_ID = 1
DICTIONARY_NAME = "Common words of passwords"

_TEXT = (
    "abcd access account action admin administrator adobe alpha amanda andrew angel apple "
    "april asdf august austin autumn azerty backup banana baseball basketball batman bear "
    "beer biteme black blue buster butterfly calvin camaro casper changeme charlie cheese "
    "chelsea chicken chocolate christmas citrix coffee company computer conclave confidential "
    "cookie cowboy daniel database december default demo diamond dragon eagle eclipse "
    "elephant england enter external falcon family february ferrari finance flower football "
    "freedom friday friend ginger golden google guest guitar hammer hannah harley hello "
    "hockey hunter iceman iloveyou internal internet january jasmine jennifer jessica jordan "
    "joshua july june justin killer king letmein liverpool login london love lovely manager "
    "march maria martin master matrix matthew maverick mercedes merlin michael michelle "
    "microsoft mickey midnight monday monkey monster mustang network nicole ninja november "
    "october office oracle orange pass passphrase passwd passwort password patrick peanut "
    "pepper phoenix player please postgres princess private production purple qazwsx qwer "
    "qwert qwerty rabbit rachel ranger remote richard robert root samsung saturday scooter "
    "secret secure security september server service shadow silver simple sister smile snoopy "
    "soccer spider spring starwars steelers steven student summer sunday sunshine super "
    "superman support sweet sysadmin system teacher temp temporary test thomas thunder "
    "thursday tiger tigger token trustno tuesday user vault victoria wednesday welcome "
    "whatever william windows winner winter wizard yankees yellow zxcv"
)
WORDS = frozenset(_TEXT.split())
"""English ones, names, months, keys in a row; none of fewer than four letters."""

_AS_LETTERS = str.maketrans("@430$5!17", "aaeossiit")


def has_a_word(value: str) -> bool:
    """Whether a word is in it, in whatever case, or with digits and signs for its letters."""
    folded = value.casefold()
    return any(word in read for read in (folded, folded.translate(_AS_LETTERS)) for word in WORDS)
