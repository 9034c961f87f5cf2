"""Sends messages to webhooks, mailboxes and chats, through Apprise."""
