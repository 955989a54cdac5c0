# What we use of django-unfold, which brings no types: its classes are Django's, with another look.
