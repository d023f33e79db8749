"""Pages of volunteer teams."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views import View

from common.masks import mask_name
from common.pages import (
    CreateView,
    Empty,
    Link,
    Ordering,
    ScopedDetailView,
    ScopedListView,
    ScopedObjectMixin,
    UpdateView,
)
from common.pages.inputs import ConfirmForm
from common.scope import scope_of
from grid.querysets import covers
from volunteers import permissions
from volunteers.filters.people import TeamFilter
from volunteers.forms.people import JoinTeamForm, LeaderForm, TeamForm
from volunteers.models import Membership, Team
from volunteers.selectors import people as selectors
from volunteers.services import teams as services
from volunteers.tables.people import TeamTable, theme_word
from volunteers.views.people import timeline

LIST = ("志愿队伍", "/volunteers/teams/")


class TeamList(ScopedListView):
    model = Team
    permission = permissions.VIEW
    page_title = "志愿队伍"
    breadcrumbs = (("志愿服务", None), ("志愿队伍", None))
    table_class = TeamTable
    filterset_class = TeamFilter
    orderings = (
        Ordering("unit", "组织顺序", "unit__path"),
        Ordering("name", "队伍名称", "name"),
        Ordering("founded_on", "成立日期", "founded_on", descending=True),
    )
    search_hint = "队伍名称、服务内容、单位"
    create = Link("成立队伍", "volunteers:team-create", permissions.MANAGE)
    empty = Empty("还没有志愿队伍", "成立队伍后，可以按队伍组织活动、派发订单。", "成立队伍", "volunteers:team-create")
    export_report_key = "volunteers.teams"
    export_permission = permissions.EXPORT

    def rows(self, queryset: QuerySet[Team]) -> QuerySet[Team]:
        return selectors.with_members(queryset.select_related("unit", "leader"))

    def search(self, queryset: QuerySet[Team], text: str) -> QuerySet[Team]:
        return selectors.search_teams(queryset, text)


class TeamView(ScopedDetailView):
    """A team: what it does, its leader and members, its history."""

    model = Team
    permission = permissions.VIEW
    template_name = "volunteers/people/team.html"

    def rows(self, queryset: QuerySet) -> QuerySet:
        return queryset.select_related("unit", "leader__person")

    def trail(self) -> list[tuple[str, str | None]]:
        return [LIST]

    def context(self) -> dict[str, Any]:
        team = self.object
        manages = covers(scope_of(self.request.user).holding(permissions.MANAGE), team.unit)
        return {
            "facts": [
                ("所属单位", team.unit.name), ("服务主题", theme_word(team.theme) or "不限主题"),
                ("队长", leader_words(team)), ("成立日期", f"{team.founded_on:%Y-%m-%d}"),
                ("服务内容", team.about, "wide"),
            ],
            "members": [
                {"row": row, "name": mask_name(row.volunteer.person.name)} for row in selectors.members_of(team)
            ],
            "may_change": manages and team.is_active,
            "timeline": list(timeline(team)),
        }  # fmt: skip


def leader_words(team: Team) -> str:
    if team.leader is None:
        return "空缺"
    return f"{mask_name(team.leader.person.name)} {team.leader.number}".strip()


class CreateTeam(CreateView):
    permission = permissions.MANAGE
    form_class = TeamForm
    page_title = "成立队伍"
    breadcrumbs = (LIST, ("成立队伍", None))
    submit_label = "成立"
    cancel_url = "volunteers:teams"
    success_message = "队伍已成立，请添加队员、确定队长。"
    service = services.team_create

    def form_arguments(self) -> dict[str, Any]:
        return {"user": self.request.user}


class TeamUpdate(UpdateView):
    """One change of a team; subclasses say which."""

    model = Team
    permission = permissions.MANAGE
    object_permission = permissions.MANAGE
    object_name = "team"
    version = "event_seq"
    verb = "修改资料"
    submit_style = "primary"

    def rows(self, queryset: QuerySet) -> QuerySet:
        return queryset.select_related("unit")

    def context(self) -> dict[str, Any]:
        url = self.object.get_absolute_url()
        return {
            **super().context(), "page_title": f"{self.object}：{self.verb}", "cancel_url": url,
            "breadcrumbs": [LIST, (str(self.object), url), (self.verb, None)], "submit_style": self.submit_style,
        }  # fmt: skip


class ChangeTeam(TeamUpdate):
    form_class = TeamForm
    success_message = "队伍资料已修改。"
    service = services.team_change


class JoinTeam(TeamUpdate):
    form_class = JoinTeamForm
    verb = "添加队员"
    submit_label = "添加"
    version = ""  # two workers may add people at the same time
    success_message = "队员已添加。"
    service = services.team_join

    def form_arguments(self) -> dict[str, Any]:
        return {"team": self.object, "user": self.request.user}


class LeadTeam(TeamUpdate):
    form_class = LeaderForm
    verb = "确定队长"
    success_message = "队长已确定。"
    service = services.team_lead

    def form_arguments(self) -> dict[str, Any]:
        return {"team": self.object}


class CloseTeam(TeamUpdate):
    form_class = ConfirmForm
    verb = "撤销队伍"
    submit_label = "确认撤销"
    submit_style = "danger"
    page_lead = "撤销后队员仍是志愿者，历史记录保留，队伍名称可以再用。"
    success_message = "队伍已撤销。"
    service = services.team_close


class RemoveMember(ScopedObjectMixin, View):
    """A member leaves the team."""

    model = Team
    permission = permissions.MANAGE
    object_permission = permissions.MANAGE

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        team = self.get_object()
        membership = Membership(pk=kwargs["membership"])
        services.team_remove(team=team, actor=request.user, membership=membership)
        return HttpResponseRedirect(reverse("volunteers:team", args=[team.pk]))
