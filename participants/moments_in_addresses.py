"""The moment of a rating as a part of an address: `<moment:moment>`, «inicio» or «final»."""

from django.urls import register_converter

from participants.models import CompetencyRating

WORDS = {"inicio": CompetencyRating.Moment.BASELINE, "final": CompetencyRating.Moment.END}


class MomentConverter:
    regex = "|".join(WORDS)

    def to_python(self, value: str) -> CompetencyRating.Moment:
        return WORDS[value]

    def to_url(self, value: str) -> str:
        return next(word for word, moment in WORDS.items() if moment == value)


register_converter(MomentConverter, "moment")
