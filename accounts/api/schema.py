"""How the API's description names our way of signing in."""

from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme


class TokenScheme(KnoxTokenScheme):
    """The same header as knox's."""

    target_class = "accounts.authentication.TokenAuthentication"
