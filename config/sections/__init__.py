"""Sections of config/settings.py, by what they set; it takes each of them whole."""
