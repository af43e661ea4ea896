"""What can be wrong with agents."""

from agenthub.kit.errors import Conflict, NotFound, PreconditionFailed


class AgentNotFound(NotFound):
    """No agent of this id in the organization."""

    code = "agent_not_found"
    title = "There is no such agent"


class VersionNotFound(NotFound):
    """The agent has no such version."""

    code = "version_not_found"
    title = "There is no such version"


class SlugTaken(Conflict):
    """Slugs are addresses and belong to one agent of the installation."""

    code = "slug_taken"
    title = "The slug belongs to another agent"


class NotPublished(Conflict):
    """The agent has no version that answers."""

    code = "not_published"
    title = "The agent is not published"


class DraftChanged(PreconditionFailed):
    """Somebody else saved the draft in between."""

    title = "The draft has changed since you read it"
