"""Filters that unfold does not have."""

from typing import Any

from django.core.validators import EMPTY_VALUES
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import BooleanRadioFilter


class YesNoFilter(BooleanRadioFilter):
    """“All” sends the parameter empty, which Django takes for a wrong address: it would drop the
    other filters too."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        if self.value() in EMPTY_VALUES:
            return queryset
        return super().queryset(request, queryset)
