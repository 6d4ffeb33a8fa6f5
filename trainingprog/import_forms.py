"""What the import page asks: the file, the columns that cannot be told, the unknown facilities."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.models import Cohort
from participants.columns import ColumnMap
from participants.import_plan import UnknownFacility
from participants.models import Facility, Region
from participants.normalising import normal_facility_code
from participants.roster_import import RosterImport
from participants.sheet_import import SheetImport
from participants.spreadsheets import MAX_BYTES, Sheet, SheetError


class UploadForm(forms.Form):
    """The file is read here, so that what is wrong with it is said at its field."""

    file = forms.FileField(
        label=gettext_lazy("sheet"),
        help_text=gettext_lazy(
            ".xlsx, .xls, .ods or .csv, with a row of column names wherever it stands. "
            "Nothing is written until you confirm."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv,.txt"}),
        error_messages={"empty": gettext_lazy("The file is empty. Choose the sheet.")},
    )

    def __init__(
        self, *args: Any, kind: type[SheetImport], cohort: Cohort | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.cohort = cohort
        self.sheet: Sheet | None = None
        if cohort is not None and kind is RosterImport:
            self.fields["enrolled_on"] = forms.DateField(
                label=gettext_lazy("they take part from"),
                help_text=gettext_lazy("Sessions before this day do not count for new people."),
                initial=cohort.starts_on,
                widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        # One byte beyond the limit is enough to be refused: the rest is never read.
        content = upload.read(MAX_BYTES + 1)
        try:
            self.sheet = self.kind.open(content, upload.name)
        except SheetError as error:
            raise forms.ValidationError(str(error)) from error
        return upload

    def clean_enrolled_on(self) -> Any:
        day = self.cleaned_data["enrolled_on"]
        if self.cohort and not self.cohort.starts_on <= day <= self.cohort.ends_on:
            raise forms.ValidationError(_("This day lies outside the edition's dates."))
        return day


class HeaderForm(forms.Form):
    header_row = forms.TypedChoiceField(label=gettext_lazy("row of the column names"), coerce=int)

    def __init__(self, *args: Any, columns: ColumnMap, sheet: Sheet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        texts = {row.number: [str(cell) for cell in row.cells if cell] for row in sheet.rows[:60]}
        self.fields["header_row"].choices = [  # type: ignore[attr-defined]
            (number, f"{number}: {' · '.join(texts.get(number, []))[:80]}")
            for number in columns.rival_headers
        ]


class ColumnsForm(forms.Form):
    """A column for each field; what is certain is chosen already, what is near is proposed."""

    def __init__(
        self, *args: Any, kind: type[SheetImport], columns: ColumnMap, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("— not in the sheet —"))]
        choices += [
            (str(index), f"{column_letter(index)} · {header or '—'}"[:80])
            for index, header in enumerate(columns.headers)
        ]
        for field in kind.fields:
            place = columns.columns.get(field.name)
            if place is None and field.name in columns.missing:
                place = columns.suggestions.get(field.name)
            asked = field.name in columns.missing or field.name in columns.ambiguous
            self.fields[field.name] = forms.TypedChoiceField(
                label=str(field.label),
                choices=choices,
                coerce=int,
                empty_value=None,
                required=False,
                initial="" if place is None else str(place),
                help_text=_("Several columns may be this one.")
                if field.name in columns.ambiguous
                else _("Needed, and not found.")
                if asked
                else "",
            )

    def clean(self) -> dict[str, Any]:
        places: dict[int, str] = {}
        for name, place in list(self.cleaned_data.items()):
            if place is None:
                continue
            if place in places:
                self.add_error(name, _("This column is chosen twice."))
            places[place] = name
        return self.cleaned_data


class MatchForm(forms.Form):
    """An unknown facility is one that is already known, under another code or name."""

    known = forms.ChoiceField(label=gettext_lazy("a known facility"), required=False)
    code = forms.CharField(
        label=gettext_lazy("or its RENIPRESS code"), required=False, max_length=12
    )

    def __init__(self, *args: Any, nearest: Sequence[Facility], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(facility.renipress, str(facility)) for facility in nearest]
        self.fields["known"].choices = [("", "—"), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if code := data.get("code"):
            try:
                data["renipress"] = normal_facility_code(code)
            except ValueError as error:
                raise forms.ValidationError({"code": str(error)}) from error
            if not Facility.objects.filter(renipress=data["renipress"]).exists():
                raise forms.ValidationError(
                    {"code": _("No known facility has this code. Create it.")}
                )
        elif not data.get("known"):
            raise forms.ValidationError(_("Choose a facility or write its code."))
        else:
            data["renipress"] = data["known"]
        return data


class NewFacilityForm(forms.ModelForm):
    renipress = forms.CharField(label=gettext_lazy("RENIPRESS code"), max_length=12)

    class Meta:
        model = Facility
        fields = ("renipress", "name", "region")

    def __init__(self, *args: Any, unknown: UnknownFacility, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(renipress=unknown.code, name=unknown.name, region=unknown.region)
        self.fields["region"].choices = [("", "—"), *Region.choices]  # type: ignore[attr-defined]

    def clean_renipress(self) -> str:
        try:
            return normal_facility_code(self.cleaned_data["renipress"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


def column_letter(index: int) -> str:
    """0 is A, 25 Z, 26 AA: as the spreadsheet names its columns."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
