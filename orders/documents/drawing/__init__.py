"""How a paper is drawn: fonts, letters, lines and pages."""
