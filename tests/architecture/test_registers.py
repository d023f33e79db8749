"""What nobody may forget: scope of a model, service of an action, registration of an event, icons, permissions."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import reverse

from accounts.roles import ROLE_RULES
from common import events, permissions
from common.management.commands.workflow_diagram import workflows
from common.models import HistoryModel
from common.navigation import frame
from common.reporting.registry import all_reports

OURS = ("common", "grid", "accounts", "partyorgs", "petitions", "volunteers", "staff", "reports")
# Models without a scope of their own, and why nobody reads them through a page.
UNSCOPED = {
    "common.Event": "read only through the object it belongs to, or the audit list's own selector",
    "accounts.PasswordHistory": "hashes, read by the password rule only",
    "accounts.ApiToken": "digests of tokens; one's own are listed through one's own account",
    "accounts.AccessLog": "carries the chain of sign-ins; its events are in the audit list",
}


def our_models() -> list[type]:
    return [model for model in apps.get_models() if model._meta.app_label in OURS]


def modules(name: str) -> Iterator[ModuleType]:
    for app in OURS:
        if (settings.BASE_DIR / app / f"{name}.py").is_file():
            yield importlib.import_module(f"{app}.{name}")


def sources() -> Iterator[tuple[Path, str]]:
    for app in OURS:
        for path in sorted((settings.BASE_DIR / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, path.read_text(encoding="utf-8")


def test_every_model_says_who_sees_it():
    bare = {model._meta.label for model in our_models() if not hasattr(model._default_manager, "visible_to")}
    assert bare - set(UNSCOPED) == set(), "give the model a ScopedQuerySet"
    assert set(UNSCOPED) <= {model._meta.label for model in our_models()}, "an entry of a model that is gone"


@pytest.mark.django_db
def test_nobody_sees_nothing():
    for model in our_models():
        if hasattr(model._default_manager, "visible_to"):
            assert model._default_manager.visible_to(None).query.is_empty() or not model._default_manager.visible_to(
                None
            )


def test_every_action_of_a_workflow_has_its_service():
    found = list(workflows())
    assert [flow.key for flow in found], "no workflow found: the search is broken"
    for flow in found:
        assert flow.missing_services() == set(), flow.key
        for action in flow.actions.values():
            assert action.help, f"{flow.key}.{action.name} has no help text"
            permissions.label_of(action.permission)
            events.kind_of(action.event)


def test_every_event_that_is_written_is_registered():
    registered = {kind.code for kind in events.kinds()}
    for module in modules("events"):
        codes = {
            value for name, value in vars(module).items() if name.isupper() and isinstance(value, str) and "." in value
        }
        assert codes <= registered, module.__name__
    # Nobody writes an event by a bare text: a slip of the pen would only show at run time.
    for path, text in sources():
        for call in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in ("record", "link") and len(call.args) > 1:
                assert not isinstance(call.args[1], ast.Constant), f"{path}:{call.lineno}"


def test_icons_are_in_the_sprite():
    sprite = (settings.BASE_DIR / "static/vendor/icons/tabler-icons.svg").read_text()
    known = set(re.findall(r'<symbol id="([^"]+)"', sprite)) | {"point"}
    used = {kind.icon for kind in events.kinds()}
    used |= {item.icon for item in frame.items.values()} | {group.icon for group in frame.groups.values()}
    assert used - known == set()


def test_menu_entries_lead_somewhere_and_name_known_permissions():
    for item in frame.items.values():
        assert item.url().startswith("/"), item.key
        for code in item.permissions:
            permissions.label_of(code)
        assert item.group in frame.groups, item.key
    for link in frame.links():
        reverse(link.url_name)


def test_roles_give_declared_permissions_only_and_none_is_left_over():
    declared = {permission.code for permission in permissions.all_permissions()}
    given = frozenset().union(*(rule.permissions for rule in ROLE_RULES.values()))
    assert given <= declared
    assert declared <= given, "a permission that no role has opens a door nobody can use"


def test_every_permission_is_asked_for_somewhere():
    """One that no code asks for opens nothing, and misleads whoever gives the roles that hold it."""
    text = "\n".join(source for path, source in sources() if path.name != "permissions.py")
    for module in modules("permissions"):
        for name, code in vars(module).items():
            if name.isupper() and isinstance(code, str):
                assert re.search(rf"\b{name}\b", text), f"nothing asks for {code} ({name})"


def test_reports_name_a_permission_and_a_title():
    for report in all_reports():
        assert report.label, report.key
        assert report.permission, f"{report.key} could be run by anybody"
        permissions.label_of(report.permission)


def test_models_with_a_history_seal_their_own_columns():
    for model in our_models():
        if issubclass(model, HistoryModel) and not model._meta.abstract:
            for name in model.SEALED_FIELDS:
                model._meta.get_field(name)


def test_every_app_loads_its_own_registrations():
    """A module that registers something is named in its app's ``ready()``: nobody else's import may bring it by chance."""
    for app in OURS:
        ready = (settings.BASE_DIR / app / "apps.py").read_text(encoding="utf-8")
        for name in ("events", "exports", "handlers", "imports", "permissions"):  # Celery finds tasks itself
            if (settings.BASE_DIR / app / f"{name}.py").is_file() and app != "common":
                assert re.search(rf"\b{name}\b", ready), f"{app}/apps.py does not load {app}.{name}"


def test_pages_go_through_the_door_to_rows():
    """Views, API, tasks and exports never use ``.objects.all()`` or ``.objects.filter`` of scoped models."""
    scoped = {
        model.__name__ for model in our_models()
        if hasattr(model._default_manager, "visible_to") and model.__name__ not in ("Category", "Department")
    }  # fmt: skip
    pattern = re.compile(
        r"\b(" + "|".join(sorted(scoped)) + r")\.objects\.(all|filter|get|exclude|first|count|values|values_list)\("
    )
    for path, text in sources():
        parts = path.relative_to(settings.BASE_DIR).parts
        if parts[1] in ("views", "views.py", "api", "exports.py", "tables.py"):
            found = pattern.findall(text)
            assert not found, f"{path}: {found}"


def test_public_functions_of_the_kit_say_what_they_do():
    for name in ("workflow_forms", "api", "api_docs"):
        module = importlib.import_module(f"common.{name}")
        for key, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == module.__name__ and not key.startswith("_"):
                assert inspect.getdoc(value), f"{name}.{key}"
