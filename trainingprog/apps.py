from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.utils.translation import gettext_lazy as _


class TrainingprogConfig(AppConfig):
    name = "trainingprog"
    verbose_name = _("Accounts")


class AdminConfig(DjangoAdminConfig):
    default_site = "trainingprog.admin_site.AdminSite"
