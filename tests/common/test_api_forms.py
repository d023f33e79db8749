"""Serializers that are kept: each use has a request of its own, and none is left behind."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from rest_framework import serializers

from common.api_forms import check, represent, represent_all


class Leaf(serializers.Serializer):
    who = serializers.SerializerMethodField()
    number = serializers.IntegerField(max_value=9)

    def get_who(self, obj) -> str:
        return self.context["request"].who


class Tree(serializers.Serializer):
    """Represents another of its own kind while it works."""

    name = serializers.CharField()
    below = serializers.SerializerMethodField()
    who = serializers.SerializerMethodField()

    def get_below(self, obj) -> list[dict]:
        return represent_all(Tree, obj.below, SimpleNamespace(who=f"{self.context['request'].who}/{obj.name}"))

    def get_who(self, obj) -> str:
        return self.context["request"].who


def asks(who: str, **data: object) -> SimpleNamespace:
    return SimpleNamespace(who=who, data=data)


def node(name: str, *below: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(name=name, below=below)


def test_each_request_is_seen_by_its_own_use_only():
    row = SimpleNamespace(number=1)
    assert [represent(Leaf, row, asks(who)) for who in "ab"] == [{"who": "a", "number": 1}, {"who": "b", "number": 1}]
    assert represent_all(Leaf, [row, row], asks("c")) == [{"who": "c", "number": 1}] * 2


def test_fields_are_built_once(monkeypatch):
    represent(Leaf, SimpleNamespace(number=1), asks("a"))
    monkeypatch.setattr(Leaf, "get_fields", lambda self: pytest.fail("built again"))
    assert represent(Leaf, SimpleNamespace(number=2), asks("b")) == {"who": "b", "number": 2}


def test_a_use_inside_a_use_has_its_own_request():
    tree = node("1", node("2", node("3")), node("4"))
    shown = represent(Tree, tree, asks("x"))
    assert [shown["who"], *(row["who"] for row in shown["below"])] == ["x", "x/1", "x/1"]
    assert shown["below"][0]["below"][0]["who"] == "x/1/2"


def test_an_error_in_one_request_leaves_nothing_for_the_next():
    with pytest.raises(serializers.ValidationError) as caught:
        check(Leaf, asks("a", number=10))
    assert list(caught.value.detail) == ["number"]
    with pytest.raises(AttributeError):
        represent(Leaf, SimpleNamespace(), asks("a"))
    assert check(Leaf, asks("b", number="9")) == {"number": 9}
    assert represent(Leaf, SimpleNamespace(number=3), asks("b"))["who"] == "b"
