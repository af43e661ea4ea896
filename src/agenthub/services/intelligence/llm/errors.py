"""What can be wrong with a request to the language models."""

from agenthub.kit.errors import Conflict, Invalid, NotFound, TooManyRequests


class ModelNotFound(NotFound):
    """No model of this name can be reached by the organization."""

    code = "model_not_found"
    title = "There is no such model"


class ProviderNotFound(NotFound):
    """No provider of this id in the organization."""

    code = "provider_not_found"
    title = "There is no such provider"


class ProviderNameTaken(Conflict):
    """Two providers of an organization never share a name, for model names begin with it."""

    code = "provider_name_taken"
    title = "A provider of this name exists"


class FeatureUnsupported(Invalid):
    """The request asks for something that the model does not offer."""

    code = "feature_unsupported"
    title = "The model does not offer this"


class TooManyCompletions(TooManyRequests):
    """The process works on as many answers as it may."""

    code = "too_many_completions"
    title = "Too many answers are being written at once"
