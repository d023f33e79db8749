"""Who sends a request of the API. Apart from ``accounts.api``: the framework loads it before its own views."""

from __future__ import annotations

from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import ApiToken, User
from common.prepared import Prepared

UNKNOWN = "令牌无效或已过期，请检查后重试，或在“我的账号”中新建令牌。"
_BY_DIGEST = Prepared(lambda digest: ApiToken.objects.filter(digest=digest).select_related("user").order_by())


class TokenAuthentication(KnoxAuthentication):
    """knox's header and tokens, found by their hash with one prepared statement.

    An expired token opens nothing; the nightly sweep removes it, not the request.
    """

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        found = _BY_DIGEST.get(digest=hash_token(token.decode("utf-8", "replace")))
        if found is None or (found.expiry is not None and found.expiry <= timezone.now()):
            raise AuthenticationFailed(UNKNOWN)
        user, _ = self.validate_user(found)
        return user, found
