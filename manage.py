"""Django's command line for this project; it joins the shop that runs from the same DATA_DIR."""

import os
import sys


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from config.runtime import memory

    memory.begin()
    try:
        settings.INSTALLED_APPS  # noqa: B018 reads the settings, and says what is missing in one line
    except ImproperlyConfigured as error:
        sys.stderr.write(f"manage.py: {error}\n")
        return 1
    django.setup()
    memory.spare()
    execute_from_command_line(sys.argv)
    return 0


if __name__ == "__main__":
    sys.exit(main())
