// htmx would write a style sheet into the page, which the policy forbids; nothing here shows its indicator.
window.htmx.config.includeIndicatorStyles = false;
