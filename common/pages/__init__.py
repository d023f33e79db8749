"""Generic pages: a view is a declaration, the behaviour is here. docs/interface.md shows how to use them."""

from common.pages.access import PublicMixin, SignedInMixin, public, require, signed_in
from common.pages.actions import ActionView
from common.pages.bulk import BulkAction
from common.pages.details import ScopedDetailView, ScopedObjectMixin
from common.pages.filters import PageFilterSet
from common.pages.forms import CreateView, FormPage, ScopedFormView, UpdateView, add_error
from common.pages.jobs import JobFileView, JobListView, JobView
from common.pages.keyset import Ordering
from common.pages.lists import Empty, Link, ScopedListView
from common.pages.tables import (
    DateColumn,
    DateTimeColumn,
    DeadlineColumn,
    LinkColumn,
    NumberColumn,
    PageTable,
    RateColumn,
    SelectColumn,
    StateColumn,
    TextColumn,
)

__all__ = [
    "ActionView",
    "BulkAction",
    "CreateView",
    "DateColumn",
    "DateTimeColumn",
    "DeadlineColumn",
    "Empty",
    "FormPage",
    "JobFileView",
    "JobListView",
    "JobView",
    "Link",
    "LinkColumn",
    "NumberColumn",
    "Ordering",
    "PageFilterSet",
    "PageTable",
    "PublicMixin",
    "RateColumn",
    "ScopedDetailView",
    "ScopedFormView",
    "ScopedListView",
    "ScopedObjectMixin",
    "SelectColumn",
    "SignedInMixin",
    "StateColumn",
    "TextColumn",
    "UpdateView",
    "add_error",
    "public",
    "require",
    "signed_in",
]
