"""AgentHub: AI agents that answer a business's customers from its own documents."""

__version__ = "0.1.0"
