"""What can go wrong when somebody proves who they are."""

from agenthub.kit.errors import Forbidden, NotFound, TooManyRequests, Unauthenticated


class WrongCredentials(Unauthenticated):
    """The same for an unknown address and a wrong password."""

    code = "wrong_credentials"
    title = "E-mail address or password is wrong"


class WaitBeforeNextTry(TooManyRequests):
    code = "too_many_failures"
    title = "Too many failed logins"


class AccountLocked(TooManyRequests):
    code = "account_locked"
    title = "The account is locked for a while"


class RefreshTokenInvalid(Unauthenticated):
    code = "refresh_token_invalid"
    title = "The refresh token is not valid"


class RefreshTokenReused(Unauthenticated):
    """The token was used before: it may be stolen, so its whole family has ended."""

    code = "refresh_token_reused"
    title = "The refresh token was used before"


class SessionEnded(Unauthenticated):
    code = "session_revoked"
    title = "The session has ended"


class SetupTokenInvalid(Forbidden):
    code = "setup_token_invalid"
    title = "The set-up link is not valid"


class SetupDone(Forbidden):
    code = "setup_done"
    title = "The installation has an owner already"


class SignUpClosed(Forbidden):
    code = "sign_up_closed"
    title = "Sign-up is closed"


class InvitationInvalid(Forbidden):
    code = "invitation_invalid"
    title = "The invitation is not valid"


class SessionUnknown(NotFound):
    title = "There is no such session"


class PersonRequired(Forbidden):
    code = "person_required"
    title = "Only for people who signed in"
