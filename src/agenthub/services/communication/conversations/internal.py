"""What conversations answers to other services."""

from agenthub.contracts.conversations import RunningQuestion
from agenthub.kit.app.internal import InternalRoute
from agenthub.services.communication.conversations import live

routes = [InternalRoute("/internal/conversations/running", live.running, RunningQuestion)]
