from django.urls import path

from trainingprog import imports

urlpatterns = [
    path(
        "edicion/<int:pk>/importar/",
        imports.import_upload,
        {"kind": "participants"},
        name="participants_import",
    ),
    path(
        "edicion/<int:pk>/notas/importar/",
        imports.import_upload,
        {"kind": "scores"},
        name="scores_import",
    ),
    path(
        "importar/establecimientos/",
        imports.import_upload,
        {"kind": "facilities"},
        name="facilities_import",
    ),
    path("importar/tutores/", imports.import_upload, {"kind": "tutors"}, name="tutors_import"),
    path("importar/<uuid:pk>/", imports.import_preview, name="import_preview"),
    path("importar/<uuid:pk>/columnas/", imports.import_columns, name="import_columns"),
    path("importar/<uuid:pk>/establecimiento/", imports.import_facility, name="import_facility"),
    path("importar/<uuid:pk>/confirmar/", imports.import_confirm, name="import_confirm"),
    path("importar/<uuid:pk>/por-corregir.xlsx", imports.import_rejected, name="import_rejected"),
    path("importar/<uuid:pk>/descartar/", imports.import_discard, name="import_discard"),
]
