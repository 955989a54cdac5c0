"""Signing in by a code from an email, for programs: allauth's own doors below /api/auth/, with our process behind them."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.headless.base.response import AuthenticationResponse, ConflictResponse, RateLimitResponse
from allauth.headless.base.views import APIView
from allauth.headless.constants import Client
from allauth.headless.internal.restkit import inputs
from allauth.headless.internal.restkit.response import APIResponse
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path

from accounts.codes.asking import TooManyAsked
from accounts.codes.by_code import NotByCode
from accounts.codes.code_sign_in import CodeSignIn


class AskInput(inputs.Input):
    email = inputs.EmailField()
    # Documented, as allauth knows it; telephones sign nobody in here.
    phone = inputs.CharField(required=False)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        del self.fields["phone"]


class CodeInput(inputs.Input):
    code = inputs.CharField()

    def __init__(self, *args: Any, process: CodeSignIn, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.process = process

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if not self.process.accepts(code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class AskView(APIView):
    input_class = AskInput
    input: AskInput

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return ConflictResponse(request)
        try:
            CodeSignIn.begin(request=request, email=self.input.cleaned_data["email"])
        except TooManyAsked:
            return RateLimitResponse(request)
        return AuthenticationResponse(request)


class WaitingView(APIView):
    """A door of a sign-in that waits for its code."""

    process: CodeSignIn

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        process = CodeSignIn.waiting(request)
        if process is None:
            return ConflictResponse(request)
        self.process = process
        return super().dispatch(request, *args, **kwargs)


class AgainView(WaitingView):
    handle_json_input = False

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.process.can_resend:
            return ConflictResponse(request)
        try:
            self.process.again()
        except TooManyAsked:
            return RateLimitResponse(request)
        return APIResponse(request)


class CodeView(WaitingView):
    input_class = CodeInput

    def get_input_kwargs(self) -> dict[str, Any]:
        return {"process": self.process}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            answer = self.process.finish()
        except NotByCode:
            return ConflictResponse(request)
        return AuthenticationResponse.from_response(request, answer)


urlpatterns = [
    path("code/request", AskView.as_api_view(client=Client.APP)),
    path("code/confirm", CodeView.as_api_view(client=Client.APP)),
    path("code/resend", AgainView.as_api_view(client=Client.APP)),
]
