"""What the API's doors look like from outside: who is calling, errors, schema and pages."""
