"""Pages of the system administrator: accounts and roles inside the own area."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts import permissions, selectors
from accounts.filters import UserFilter
from accounts.forms import DeactivateForm, RoleEndForm, RoleForm, UserCreateForm, UserForm
from accounts.models import ApiToken, RoleAssignment, User
from accounts.policies import live, may_manage
from accounts.services.passwords import password_reset
from accounts.services.roles import role_end, role_give
from accounts.services.tokens import api_token_revoke
from accounts.services.users import user_activate, user_change, user_create, user_deactivate
from accounts.tables import UserTable
from common.decisions import Denied
from common.pages import (
    Empty,
    Link,
    Ordering,
    ScopedDetailView,
    ScopedFormView,
    ScopedListView,
    ScopedObjectMixin,
    UpdateView,
    require,
    signed_in,
)
from common.pages.forms import FormPage
from common.pages.inputs import ConfirmForm
from common.timeline import entries

USERS = "账号与角色"


class UserListView(ScopedListView):
    model = User
    permission = permissions.USER_MANAGE
    page_title = USERS
    page_lead = "只列出在您管理范围内任职（或曾任职）的人员。"
    table_class = UserTable
    filterset_class = UserFilter
    orderings = (
        Ordering("username", "用户名", "username"),
        Ordering("last_login", "最近登录", "last_login", descending=True),
        Ordering("created_at", "建立时间", "created_at", descending=True),
    )
    search_hint = "姓名、用户名"
    create = Link("新建账号", "accounts:user-create", permissions.USER_MANAGE, "user-plus")
    empty = Empty(
        "还没有账号", "为每位使用系统的人员建立自己的账号，并授予岗位角色。", "新建账号", "accounts:user-create"
    )
    export_report_key = "accounts.users"
    export_permission = permissions.USER_MANAGE

    def rows(self, queryset: QuerySet) -> QuerySet:
        return selectors.with_roles(queryset)

    def search(self, queryset: QuerySet, text: str) -> QuerySet:
        return queryset.filter(Q(display_name__icontains=text) | Q(username__icontains=text))


class UserMixin(ScopedObjectMixin):
    """Pages about one account."""

    model = User
    permission = permissions.USER_MANAGE
    not_found = "这个账号不存在，或者不在您的管理范围内。"
    object: User

    def trail(self) -> list[tuple[str, str | None]]:
        return [(USERS, reverse("accounts:users"))]


class UserView(UserMixin, ScopedDetailView):
    template_name = "accounts/user.html"

    def context(self) -> dict[str, Any]:
        decision = may_manage(self.request.user, self.object)
        current = {row.pk for row in self.object.current_roles}
        running = set(self.object.assignments.filter(live()).values_list("pk", flat=True))
        return {
            "roles": [
                {"row": row, "current": row.pk in current, "live": row.pk in running}
                for row in selectors.assignments_of(self.object)
            ],
            "tokens": selectors.tokens_of(self.object),
            "timeline": entries(selectors.account_history(self.object)),
            "locked_until": selectors.lock_opens_at(self.object.username),
            "may_manage": not isinstance(decision, Denied),
            "why_not": decision.reason if isinstance(decision, Denied) else "",
        }


class OneTimePasswordMixin(FormPage):
    """Shows the one-time password on the answer itself: it is stored nowhere and cannot be shown again."""

    made: tuple[User, str]

    def next_url(self, result: Any) -> str:
        self.made = result
        return result[0].get_absolute_url()

    def leave(self, url: str) -> HttpResponse:
        user, password = self.made
        context = {
            "page_title": "一次性密码",
            "breadcrumbs": ((USERS, reverse("accounts:users")), (str(user), url), ("一次性密码", None)),
            "user_made": user,
            "password": password,
        }
        return render(self.request, "accounts/one_time_password.html", context)


@method_decorator(never_cache, name="dispatch")
class UserCreateView(OneTimePasswordMixin, ScopedFormView):
    permission = permissions.USER_MANAGE
    form_class = UserCreateForm
    page_title = "新建账号"
    page_lead = "建立后会显示一次性密码，请当面或电话告知本人，首次登录时须更改。"
    submit_label = "建立账号"
    cancel_url = "accounts:users"

    def perform(self, form: Any) -> Any:
        return user_create(actor=self.request.user, **form.cleaned_data)

    def context(self) -> dict[str, Any]:
        return {"breadcrumbs": ((USERS, reverse("accounts:users")), (self.page_title, None))}


class UserFormView(UserMixin, UpdateView):
    """A form about one account."""

    object_name = "user"

    def context(self) -> dict[str, Any]:
        own = self.object.get_absolute_url()
        trail = (*self.trail(), (str(self.object), own), (self.page_title, None))
        title = f"{self.page_title}：{self.object}（{self.object.username}）"
        return {**super().context(), "page_title": title, "breadcrumbs": trail, "cancel_url": own}


class UserEditView(UserFormView):
    form_class = UserForm
    page_title = "修改姓名"
    version = "event_seq"
    success_message = "已保存。"

    @staticmethod
    def service(**arguments: Any) -> User:
        return user_change(**arguments)


class UserDeactivateView(UserFormView):
    form_class = DeactivateForm
    page_title = "停用账号"
    page_lead = "停用后立即不能登录，正在进行的登录和接口令牌同时失效；办理过的记录全部保留。"
    submit_label = "停用"
    success_message = "账号已停用。"

    @staticmethod
    def service(**arguments: Any) -> User:
        return user_deactivate(**arguments)


@method_decorator(never_cache, name="dispatch")
class UserActivateView(OneTimePasswordMixin, UserFormView):
    form_class = ConfirmForm
    page_title = "重新启用账号"
    page_lead = "启用后会显示新的一次性密码。原有的角色如仍在任期内，随之恢复。"
    submit_label = "启用"

    @staticmethod
    def service(**arguments: Any) -> tuple[User, str]:
        return user_activate(**arguments)


@method_decorator(never_cache, name="dispatch")
class PasswordResetView(OneTimePasswordMixin, UserFormView):
    form_class = ConfirmForm
    page_title = "重置密码"
    page_lead = "原密码、正在进行的登录和接口令牌立即失效，并显示新的一次性密码。请先核实是本人提出。"
    submit_label = "重置密码"

    @staticmethod
    def service(**arguments: Any) -> tuple[User, str]:
        return password_reset(**arguments)


class RoleGiveView(UserFormView):
    form_class = RoleForm
    page_title = "授予角色"
    submit_label = "授予"

    def form_arguments(self) -> dict[str, Any]:
        return {}

    @staticmethod
    def service(**arguments: Any) -> RoleAssignment:
        return role_give(**arguments)

    def message(self, result: Any) -> str:
        return f"已授予“{result.get_role_display()}”（{result.seat}），对方的下一次操作即生效。"


class RoleEndView(UserFormView):
    """The assignment of the address must belong to the account of the address."""

    form_class = RoleEndForm
    page_title = "收回角色"
    submit_label = "收回"

    def assignment(self) -> RoleAssignment:
        rows = self.object.assignments.select_related("user", "unit", "department")
        found = rows.filter(pk=self.kwargs["assignment"]).first()
        if found is None:
            raise Http404("这个角色不存在，请返回账号页查看。")
        return found

    def form_arguments(self) -> dict[str, Any]:
        return {}

    def perform(self, form: Any) -> RoleAssignment:
        return role_end(assignment=self.assignment(), actor=self.request.user, **form.cleaned_data)

    def message(self, result: Any) -> str:
        when = f"将于 {result.last_day:%Y-%m-%d} 后失效" if result.revoked_at is None else "已收回"
        return f"“{result.get_role_display()}”（{result.seat}）{when}。"

    def context(self) -> dict[str, Any]:
        row = self.assignment()
        return {**super().context(), "page_lead": f"{row.get_role_display()}（{row.seat}）"}


@require_POST
@signed_in
def token_revoke(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """End a token of an account one manages."""
    require(request.user, permissions.USER_MANAGE)
    users: Any = User.objects
    owner = users.visible_to(request.user).filter(pk=pk).first()
    token = ApiToken.objects.filter(user=owner, token_key=key).first() if owner else None
    if token is None:
        raise Http404("这个令牌不存在、已撤销或到期。")
    api_token_revoke(token=token, actor=request.user)
    messages.success(request, f"已撤销令牌“{token.name}”。")
    return HttpResponseRedirect(owner.get_absolute_url())


@require_GET
@signed_in
def seats(request: HttpRequest) -> JsonResponse:
    """Units and departments for the search field of the role form."""
    require(request.user, permissions.USER_MANAGE)
    text = request.GET.get("q", "").strip()[:40]
    rows = [{"value": key, "text": name} for key, name in selectors.seats(request.user, text)]
    return JsonResponse(rows, safe=False)
