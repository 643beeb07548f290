"""The dialogue with passwd, as its prompts are known from several systems."""

from __future__ import annotations

import pytest

from chalicelib.changers.passwd_dialogue import SUDO_PROMPT, Dialogue
from chalicelib.changers.target import ChangeFailed, Refused, Uncertain, Unreachable
from chalicelib.core.plain import Plain
from tests.canary import canary

OLD, NEW, SUDO = (Plain(canary()) for _ in range(3))

SYSTEMS = {
    "Debian": ("Current password: ", "New password: ", "Retype new password: "),
    "Debian, older": (
        "Changing password for ada.\r\n(current) UNIX password: ",
        "Enter new UNIX password: ",
        "Retype new UNIX password: ",
    ),
    "Red Hat": ("Current Password: ", "New password: ", "Retype new password: "),
    "FreeBSD": ("Old Password:", "New Password:", "Retype New Password:"),
    "Solaris": ("Enter existing login password: ", "New Password: ", "Re-enter new Password: "),
    "AIX": ("ada's Old password: ", "ada's New password: ", "Enter the new password again:"),
}


def own() -> Dialogue:
    return Dialogue(NEW, current=OLD)


def through(dialogue: Dialogue, *texts: str) -> list[Plain | None]:
    return [dialogue.hear(text) for text in texts]


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_system_s_prompts_are_understood(system: str) -> None:
    dialogue = own()
    assert [reply is OLD for reply in through(dialogue, SYSTEMS[system][0])] == [True]
    replies = through(dialogue, *("\r\n" + prompt for prompt in SYSTEMS[system][1:]))
    assert [reply is NEW for reply in replies] == [True, True]
    dialogue.conclude(0)


def test_prompts_may_come_in_pieces() -> None:
    dialogue = own()
    replies = through(dialogue, "Curr", "ent pass", "word: ", "\r\nNew passw", "ord: ")
    assert [reply is not None for reply in replies] == [False, False, True, False, True]


def test_what_only_looks_like_a_prompt_gets_no_reply() -> None:
    lines = ("passwd: ", "BAD PASSWORD: ", "Changing password for ada:\r\n", "New password:\r\nx")
    assert through(own(), *lines) == [None] * 4


def test_sudo_gets_its_own_password_and_only_at_our_prompt() -> None:
    dialogue = Dialogue(NEW, sudo=SUDO)
    replies = through(dialogue, SUDO_PROMPT, "\r\nNew password: ", "\r\nRetype new password: ")
    assert [reply is SUDO for reply in replies] == [True, False, False]
    assert through(Dialogue(NEW, sudo=SUDO), "[sudo] password for ada: ") == [None]


def test_a_wrong_sudo_password_is_not_tried_twice() -> None:
    dialogue = Dialogue(NEW, sudo=SUDO)
    dialogue.hear(SUDO_PROMPT)
    with pytest.raises(Refused):
        dialogue.hear("\r\nSorry, try again.\r\n" + SUDO_PROMPT)


def test_a_password_we_do_not_have_is_not_made_up() -> None:
    with pytest.raises(Refused):
        Dialogue(NEW).hear("Current password: ")


@pytest.mark.parametrize(
    "complaint",
    [
        "BAD PASSWORD: The password is shorter than 8 characters",
        "You must choose a longer password.",
        "Password has been already used. Choose another.",
        "BAD PASSWORD: The password fails the dictionary check",
        "BAD PASSWORD: is too similar to the old one",
        "BAD PASSWORD: The password contains less than 1 digits",
        "something in another tongue",
    ],
)
def test_a_second_question_for_the_new_password_is_a_refusal_by_policy(complaint: str) -> None:
    dialogue = own()
    through(dialogue, "Current password: ", "New password: ")
    with pytest.raises(Refused) as refused:
        dialogue.hear(f"\r\n{complaint}\r\nNew password: ")
    assert refused.value.policy


def talked(*, committed: bool, last: str = "") -> Dialogue:
    dialogue = own()
    through(dialogue, "Current password: ", "New password: ")
    if committed:
        dialogue.hear("Retype new password: ")
    dialogue.hear("\r\n" + last)
    return dialogue


@pytest.mark.parametrize(
    ("committed", "exit_status", "last", "error"),
    [
        (False, None, "", Unreachable),
        (True, None, "", Uncertain),
        (False, 0, "", Refused),
        (False, 10, "", Refused),
        (True, 10, "", Uncertain),
        (True, 10, "passwd: password unchanged", Refused),
        (False, 1, "You must wait longer to change your password", Refused),
        (True, 10, "BAD PASSWORD: The password is too simple", Refused),
    ],
)
def test_every_way_to_end_has_its_meaning(
    committed: bool, exit_status: int | None, last: str, error: type[ChangeFailed]
) -> None:
    with pytest.raises(error):
        talked(committed=committed, last=last).conclude(exit_status)


def test_success_needs_both_the_word_and_the_deed() -> None:
    talked(committed=True, last="passwd: password updated successfully").conclude(0)


def test_a_warning_to_root_is_no_refusal() -> None:
    dialogue = Dialogue(NEW)
    through(dialogue, "New password: ", "\r\nBAD PASSWORD: too short\r\nRetype new password: ")
    dialogue.conclude(0)


def test_what_the_target_echoes_is_never_quoted() -> None:
    dialogue = own()
    through(dialogue, "Current password: ", f"{OLD.reveal()}\r\nNew password: ")
    dialogue.hear(f"{NEW.reveal()}\r\nRetype new password: ")
    with pytest.raises(Uncertain) as failed:
        dialogue.conclude(9)
    assert NEW.reveal() not in str(failed.value)
    assert repr(dialogue) == "Dialogue(***)"
