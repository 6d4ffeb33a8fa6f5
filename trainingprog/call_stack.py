"""Room for the calls of a request.

CPython keeps the frames of calls in pieces of 16 kB. Before 3.14.4, and 3.13 of the same month, it
gives a piece back to the system as soon as it is left: a loop that calls just across the edge of
one asks for memory, and returns it, at every call (python/cpython#142183). Where the edges fall
depends on the server and its settings; the outcomes of 132 people took from 76 to 169 ms. Of no
use any more once 3.12 and the earlier releases of 3.13 and 3.14 are not supported.
"""

from collections.abc import Callable

# Of eight bytes each. A piece is the next power of two above what its first frame takes: 128 kB
# above 58 kB, and the 70 that remain are the room. The deepest page takes 25.
_PLACES = 7_200


def with_room[**Given, Returned](
    call: Callable[Given, Returned], /, *args: Given.args, **kwargs: Given.kwargs
) -> Returned:
    """What `call` returns, with everything that it calls in one piece of memory."""
    return call(*args, **kwargs)


with_room.__code__ = with_room.__code__.replace(co_stacksize=_PLACES)
