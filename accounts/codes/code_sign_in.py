"""Signing in by a code from an email: allauth's own process, in which an address without an account gets a code too.

allauth would write to such an address that there is no account. Here the code makes it (codes/by_code.py), so that who
buys for the first time does what everybody does, and nobody learns which addresses have accounts. What waits for the code
names no user either: whose it is, is looked for when it is typed.
"""

from datetime import timedelta

from allauth.account.adapter import get_adapter
from allauth.account.internal.constants import LoginStageKey
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import Login
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.core.internal.cryptokit import compare_user_code
from django.http import HttpRequest, HttpResponse

from accounts.asks import AskKind
from accounts.codes import asking, by_code
from staff.middleware import address_of

LETTER, REFUSAL = "account/email/login_code", "account/email/login_code_refused"


class CodeSignIn(LoginCodeVerificationProcess):
    """A sign-in that waits for its code, kept in the session of the browser or program that asked for it."""

    @classmethod
    def begin(cls, *, request: HttpRequest, email: str, next_url: str = "") -> "CodeSignIn":
        """Send a code to the address. Raises TooManyAsked."""
        asked = asking.ask(kind=AskKind.CODE, email=email, caller=address_of(request))
        clear_login(request)
        login = Login(user=None, email=email.lower(), redirect_url=next_url or None)
        login.state["stages"] = {"current": LoginStageKey.LOGIN_BY_CODE.value}
        stage = LoginByCodeStage(LoginStageController(request, login), request, login)
        stage.state.update(cls.initial_state(user=None, email=login.email), initiated_by_user=True)
        process = cls(stage=stage)
        process._send(asked.pk)
        return process

    @classmethod
    def waiting(cls, request: HttpRequest) -> "CodeSignIn | None":
        """The one that waits for its code in this session, as long as that is good."""
        if request.user.is_authenticated:
            return None
        stage = LoginStageController.enter(request, LoginStageKey.LOGIN_BY_CODE.value)
        if stage is None or "ask" not in stage.state:
            return None
        process = cls(stage=stage)
        if process.is_valid():
            return process
        process.abort()
        return None

    @property
    def email(self) -> str:
        return str(self.state["email"])

    @property
    def next_url(self) -> str:
        """Where it leads on to."""
        return self.stage.login.redirect_url or ""

    def again(self) -> None:
        """Send another code, in place of the one before. Raises TooManyAsked."""
        asked = asking.ask(kind=AskKind.CODE, email=self.email, caller=address_of(self.request))
        self.record_resend()
        self.state["at"] = self.initial_state(user=None)["at"]
        self._send(asked.pk)

    def _send(self, ask_id: int) -> None:
        self.state["ask"] = ask_id
        self.send()
        self.persist()

    def send_by_email(self, email: str, skip_enumeration_mails: bool = False) -> None:  # noqa: FBT001, FBT002 as its base has it
        """The code goes to every address that it may open. Others are told how they sign in, and only there."""
        code = self.generate_code()
        user = by_code.account_of(email)
        letter = LETTER if by_code.opens_by_code(user) else REFUSAL
        about = {"request": self.request, "code": code, "user": user}
        get_adapter().send_mail(letter, email, about)

    def accepts(self, code: str) -> bool:
        """Whether it is the code. Each look takes one of its tries, and after the last wrong one nothing waits any more."""
        ask_id, within = self.state["ask"], timedelta(seconds=self.timeout)
        if asking.use_up_try(ask_id=ask_id, most=self.max_attempts, within=within):
            if compare_user_code(actual=code, expected=self.code):
                return asking.use(ask_id=ask_id)
            if asking.has_tries(ask_id=ask_id, most=self.max_attempts):
                return False
        self.abort()
        return False

    def finish(self, redirect_url: str | None = None) -> HttpResponse:
        """Sign in with the account that the code opens; with a second factor that comes first. Raises NotByCode."""
        email, next_url = self.email, redirect_url or self.next_url
        self.abort()
        user = by_code.open_by_code(email)
        # It was given a moment ago: where a code is what is asked for again, that is not done at once.
        confirmed = by_code.confirms_by_code(user)
        record_authentication(self.request, user, method="code", email=email, reauthenticated=confirmed)
        login = Login(user=user, redirect_url=next_url or None, email=email)
        answer: HttpResponse = perform_login(self.request, login)
        return answer
