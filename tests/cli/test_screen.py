"""What a person sees."""

from drawlike.cli.screen import as_table


def test_a_narrow_terminal_cuts_no_word(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    table = as_table(["model", "precision"], [["gaussian-mixture", "copies training rows"]] * 2)
    for word in ("gaussian-mixture", "precision", "training"):
        assert word in table
