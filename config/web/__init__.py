"""Between the web server and the views: requests, their bodies, languages and errors."""
