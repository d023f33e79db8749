"""Fixtures of party organisations."""

import pytest

from tests.factories.partyorgs import make_party_tree


@pytest.fixture
def party(tree):
    return make_party_tree(tree)
