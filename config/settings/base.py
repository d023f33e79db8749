"""What every installation shares. demo, test and production add only what differs."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent.parent
STATE_DIR = Path(env.text("GRIDWORK_STATE", str(BASE_DIR / ".local")))

DEBUG = False
DEMO = False
DISTRICT = env.text("DISTRICT", "jiangyuan")
PROFILE_DIR = BASE_DIR / "config" / "profiles"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_filters",
    "django_tables2",
    "crispy_forms",
    "crispy_bootstrap5",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_standardized_errors",
    "axes",
    "csp",
    "django_structlog",
    "common",
    "grid",
    "accounts",
    "partyorgs",
    "petitions",
    "volunteers",
    "staff",
    "reports",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.middleware.LogMiddleware",
    "common.middleware.CompressPagesMiddleware",
    "common.middleware.ContentPolicyMiddleware",
    "common.middleware.UploadLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.middleware.SessionMiddleware",
    "common.middleware.PlainErrorsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "common.context_processors.site",
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
DJANGO_TABLES2_TEMPLATE = "components/table.html"
FILTERS_EMPTY_CHOICE_LABEL = "不限"

# --- language, time
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["config.formats"]

# --- static files and uploads
STATIC_URL = "/static/"
STATIC_ROOT = STATE_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "config.staticfiles.PublishedFilesFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
MEDIA_ROOT = STATE_DIR / "files"  # never served by URL: attachments go through the scope
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 365 * 24 * 3600
UPLOAD_LIMIT_BYTES = 32 * 1024 * 1024  # of one request; larger ones are refused before they are read
ATTACHMENT_LIMIT_BYTES = 10 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_LIMIT_BYTES
FILE_UPLOAD_PERMISSIONS = 0o600

# --- sign-in
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "accounts.backends.PasswordBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.UserNameValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.passwords.CharacterClassesValidator"},
    {"NAME": "accounts.passwords.HistoryValidator"},
]
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "accounts:sign-in"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.5  # hours
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "accounts.views.locked_out"
AXES_VERBOSE = False
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # a lock opens when its page says, whoever knocks meanwhile
AXES_CLIENT_IP_CALLABLE = "accounts.addresses.client_ip"
AXES_DISABLE_ACCESS_LOG = True  # our own audit list has it
SILENCED_SYSTEM_CHECKS = ["axes.W006"]  # a name is locked wherever the attempts come from, as the rule asks
PROXY_COUNT = 0  # reverse proxies in front that add the client to X-Forwarded-For
PASSWORD_MAX_DAYS = env.number("PASSWORD_MAX_DAYS", 90)
SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_AGE = env.number("SESSION_IDLE_MINUTES", 30) * 60
OWN_SESSION_HOURS = env.number("OWN_SESSION_HOURS", 12)  # a volunteer's own pages, at the most until midnight
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "common.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- background work: rows are the queue of record, Celery only works them off (design §2.4)
REDIS_URL = env.text("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 2}
# A web request must not hang on a dead broker: the wake-up is given up, the beat finds the row.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = TIME_ZONE
# How long a job stays with a worker that gives no sign of life.
JOB_LEASE_SECONDS = env.number("JOB_LEASE_SECONDS", 60)

# --- API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "common.parsers.StrictJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "common.api.exception_handler",
    "DEFAULT_PAGINATION_CLASS": "common.api.KeysetPagination",
    "PAGE_SIZE": 20,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Gridwork 基层治理工作台 API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # Fields of the same name with other choices would get names that change with every addition.
    "ENUM_NAME_OVERRIDES": {
        "PetitionKindEnum": "petitions.choices.Kind",
        "PetitionChannelEnum": "petitions.choices.Channel",
        "RefusalReasonEnum": "petitions.choices.RefusalReason",
        "ExclusionReasonEnum": "petitions.choices.ExclusionReason",
        "UnitKindEnum": "grid.choices.UnitKind",
        "PetitionStateEnum": "petitions.choices.State",
        "VolunteerStateEnum": "volunteers.choices.VolunteerState",
        "ActivityStateEnum": "volunteers.choices.ActivityState",
        "SkillEnum": "volunteers.choices.Skill",
        "VolunteerGroupEnum": "volunteers.choices.Group",
        "RedemptionStateEnum": "volunteers.choices.RedemptionState",
        "ProductKindEnum": "volunteers.choices.ProductKind",
        "PointsRequestStateEnum": "volunteers.choices.RequestState",
        "EntryKindEnum": "volunteers.choices.EntryKind",
        "NominationStateEnum": "volunteers.choices.NominationState",
        "OrderStateEnum": "volunteers.choices.OrderState",
        "OrderKindEnum": "volunteers.choices.OrderKind",
        "LevelEnum": "grid.choices.Level",
        "WorkerKindEnum": "staff.choices.WorkerKind",
        "WorkerStateEnum": "staff.choices.WorkerState",
        "StaffPostKindEnum": "staff.choices.PostKind",
        "StaffCertificateEnum": "staff.choices.Certificate",
    },
}
KNOX_TOKEN_MODEL = "accounts.ApiToken"
# Our own token table takes the place of knox's, whose migrations would create a second, dead one.
MIGRATION_MODULES = {"knox": None}
REST_KNOX = {"TOKEN_TTL": None, "AUTO_REFRESH": False, "TOKEN_PREFIX": "gw_"}

# --- logs: one JSON object a line, each with the request id
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "common.logs.json_formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"axes": {"level": "ERROR"}, "django_structlog": {"level": "WARNING"}},
}
