"""Who may come in: passwords, codes by email, the second factor, keys."""

from config.sections.base import DEMO, SHOP_NAME, env, is_https

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Nobody is signed in by signing up: the answer would tell whether the address has an account already.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# In the browser that signed up, the link signs in.
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_ADAPTER = "shop.sign_in.sign_in.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "shop.forms.sign_up.SignUp"
ACCOUNT_FORMS = {
    "change_password": "shop.forms.password.ChangePassword",
    "set_password": "shop.forms.password.SetPassword",
    "reset_password_from_key": "shop.forms.password.ResetPassword",
}
# A customer has one address; a new one replaces it once it is verified.
ACCOUNT_CHANGE_EMAIL = True
# A session that was left open is not enough to take an account over: another address, password or second factor, keys,
# webhooks, own data and closing ask for the password or a code again. Either opens them for so many seconds.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# A code by email is for those alone who have neither (accounts/codes/by_code.py).
ACCOUNT_REAUTHENTICATION_METHODS = ("password", "mfa", "code")
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# Each such change is told to the address that the account had before it.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if is_https else "http"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
# Sign-in limits; `off` is for load rigs and tests that sign in by the hundred from one address.
# A wrong password counts against the account as tried from one network, and against it as a whole (shop/sign_in/).
ACCOUNT_RATE_LIMITS: dict[str, str] | bool = (
    False if env.str("SIGN_IN_LIMITS", "on") == "off" else {"login_failed": "10/m/ip,5/5m/key"}
)
# Codes and links that strangers may ask for by email (accounts/codes/asking.py); off with the same switch.
ASKING_LIMITS = ACCOUNT_RATE_LIMITS is not False
# Who buys without an account types a code from an email in place of a password (accounts/codes/). It is good for so
# many seconds and three tries.
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = env.int("SIGN_IN_CODE_SECONDS", 600)
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 8, "dashed": True}
MFA_ADAPTER = "accounts.access.sealed.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = SHOP_NAME
MFA_TOTP_TOLERANCE = 1  # codes of 30 s: clocks of telephones go wrong by some
# Whether staff need two-factor authentication for the staff's desk.
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", not DEMO)
HEADLESS_ENABLED = True
HEADLESS_CLIENTS = ("app",)
HEADLESS_ADAPTER = "shop.sign_in.sign_in.HeadlessAdapter"
# Its document alone; the page that shows it would load scripts from elsewhere.
HEADLESS_SERVE_SPECIFICATION = True
HEADLESS_SPECIFICATION_TEMPLATE_NAME = None
HEADLESS_TOKEN_STRATEGY = "allauth.headless.tokens.strategies.sessions.SessionTokenStrategy"  # noqa: S105 a class path
# Usable API keys of one user.
MAX_API_KEYS = env.int("MAX_API_KEYS", 20)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
