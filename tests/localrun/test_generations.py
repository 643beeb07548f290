"""State and journal change together, or not at all."""

from pathlib import Path

from infra.localrun.generations import Generations, write_whole


def test_a_generation_counts_only_once_it_is_committed(tmp_path: Path) -> None:
    generations = Generations(tmp_path / "aws")
    first = generations.begin("mark")
    (first.folder / "dynamodb.json").write_text("one")
    assert generations.current() is None
    generations.commit(first)
    second = generations.begin("mark")
    (second.folder / "dynamodb.json").write_text("two")

    after_a_crash = Generations(tmp_path / "aws").current()

    assert after_a_crash is not None
    assert after_a_crash.number == 1
    assert (after_a_crash.folder / "dynamodb.json").read_text() == "one"


def test_the_older_generation_goes_when_the_newer_counts(tmp_path: Path) -> None:
    generations = Generations(tmp_path / "aws")
    generations.commit(generations.begin("a"))
    generations.commit(generations.begin("b"))
    assert [folder.name for folder in (tmp_path / "aws").glob("state-*")] == ["state-2"]


def test_what_is_inherited_is_not_touched_by_a_later_save(tmp_path: Path) -> None:
    generations = Generations(tmp_path / "aws")
    first = generations.begin("a")
    write_whole(first.folder / "sqs.json", "old")
    generations.commit(first)
    second = generations.begin("a", inherit=True)
    assert (second.folder / "sqs.json").read_text() == "old"
    write_whole(second.folder / "sqs.json", "new")
    after_a_crash = generations.current()
    assert after_a_crash is not None
    assert (after_a_crash.folder / "sqs.json").read_text() == "old"


def test_what_is_kept_is_for_its_owner_only(tmp_path: Path) -> None:
    write_whole(tmp_path / "secret", "x")
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_a_journal_may_grow_as_large_as_the_saved_tables(tmp_path: Path) -> None:
    generations = Generations(tmp_path / "aws")
    begun = generations.begin("a")
    assert begun.rows_size == 0
    write_whole(begun.folder / "dynamodb.json", "x" * 1234)
    assert begun.rows_size == 1234
