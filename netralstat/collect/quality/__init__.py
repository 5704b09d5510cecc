"""The fieldwork as its traces tell it: a file a check; nothing here deletes a row or prints an answer."""
