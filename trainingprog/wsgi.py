import os
from functools import partial

from django.core.wsgi import get_wsgi_application

from trainingprog.call_stack import with_room

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trainingprog.settings")
application = partial(with_room, get_wsgi_application())
