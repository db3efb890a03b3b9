"""What is dropped around tags, people and places."""

import sys
import unicodedata

from emo_grpc.spaces import SPACES, without_spaces


def test_all_spaces_of_unicode_are_dropped() -> None:
    """Those that Python's Unicode has, and nothing that is not one: a tab stays."""
    found = [each for each in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(each) == "Zs"]
    assert list(SPACES) == found
    assert without_spaces(f"{SPACES}the sea\t{SPACES}") == "the sea\t"
