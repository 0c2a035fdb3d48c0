"""The messages, one file to a conversation, and their codec. Imports `core` alone."""
