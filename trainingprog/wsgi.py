import os
from functools import partial

from django.core.wsgi import get_wsgi_application

from trainingprog.call_stack import with_room

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trainingprog.settings")
# mypy reads the parameters of the call that `with_room` is given as its own.
application = partial(with_room, get_wsgi_application())  # type: ignore[call-arg]
